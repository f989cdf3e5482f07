using System.ComponentModel;
using System.Diagnostics;

namespace LoadLab.Sensors.Tests;

/// <summary>Builds native/fake_nvml.c with the machine's C compiler; each build is a library of its own, with its own state.</summary>
internal static class FakeNvml
{
    /// <summary>Path of the library; skips the test where there is no C compiler.</summary>
    public static string Build(params string[] defines)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the C compiler's command line here is that of Unix");
        var output = Path.Combine(Directory.CreateTempSubdirectory("loadlab-nvml").FullName, "libfake-nvml.so");
        var source = Path.Combine(AppContext.BaseDirectory, "native", "fake_nvml.c");
        string[] arguments = ["-std=c11", "-Wall", "-Werror", "-shared", "-fPIC", "-O1", .. defines.Select(define => $"-D{define}"), "-o", output, source];
        try
        {
            using var compiler = Process.Start(new ProcessStartInfo("cc", arguments) { RedirectStandardError = true })!;
            var errors = compiler.StandardError.ReadToEnd();
            compiler.WaitForExit();
            Assert.True(compiler.ExitCode == 0, errors);
        }
        catch (Win32Exception)
        {
            Assert.Skip("no C compiler (cc) on the PATH");
        }

        return output;
    }
}
