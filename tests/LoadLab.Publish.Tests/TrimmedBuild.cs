using System.Runtime.InteropServices;
using LoadLab.Publish.Tests;

[assembly: AssemblyFixture(typeof(TrimmedBuild))]

namespace LoadLab.Publish.Tests;

/// <summary>The self-contained trimmed program, published once for all tests, apart from the build they were built by.</summary>
public sealed class TrimmedBuild : IAsyncLifetime
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(9);
    private string? _absent;

    public static string Folder => Checkout.At("artifacts", "trimmed", "publish", "LoadLab.Cli", "release_linux-x64");

    /// <summary>Skips the test when the program cannot be published here.</summary>
    public string Program
    {
        get
        {
            Assert.SkipWhen(_absent is not null, _absent ?? "");
            return Path.Combine(Folder, "loadlab");
        }
    }

    public async ValueTask InitializeAsync()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.OSArchitecture != Architecture.X64)
        {
            _absent = "the trimmed program is for linux-x64";
            return;
        }

        var ended = await Ended.RunAsync(s_limit, "dotnet", "publish", Checkout.At("Harness", "LoadLab.Cli"), "-r", "linux-x64", "-p:PublishTrimmed=true", $"-p:ArtifactsPath={Checkout.At("artifacts", "trimmed")}", "-v", "quiet", "-nologo");
        if (ended.ExitCode != 0 && (ended.All.Contains("error NU1", StringComparison.Ordinal) || ended.All.Contains("error NETSDK1", StringComparison.Ordinal)))
        {
            _absent = $"the runtime pack cannot be restored: {ended.All.Split('\n').First(line => line.Contains("error N", StringComparison.Ordinal))}";
            return;
        }

        Assert.True(ended.ExitCode == 0, ended.All);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
