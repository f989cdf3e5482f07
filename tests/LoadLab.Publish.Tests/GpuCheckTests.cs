using System.Text.Json;

namespace LoadLab.Publish.Tests;

/// <summary>scripts/gpu-check as far as a machine without a GPU can run it.</summary>
public sealed class GpuCheckTests(TrimmedBuild build)
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(10);

    private static string Script => Checkout.At("scripts", "gpu-check");

    [Fact]
    public async Task Rehearsal_plays_every_step_and_says_that_it_is_one()
    {
        var program = build.Program;
        var parent = Directory.CreateTempSubdirectory("loadlab-gpu-check-").FullName;
        var folder = Path.Combine(parent, "out");
        try
        {
            var ended = await Ended.RunAsync(s_limit, Script, "--rehearse", "--program", program, "--out", folder);
            var lines = ended.Stdout.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.StartsWith("REHEARSAL", lines[0]);
            Assert.StartsWith("REHEARSAL", lines[^1]);
            Assert.DoesNotContain("FAILED", ended.All);
            Assert.True(ended.ExitCode == 0, ended.All);
            Assert.DoesNotContain("left out", ended.Stdout);
            Assert.Equal(5, Directory.GetDirectories(Path.Combine(folder, "runs")).Length);
            Assert.All(["summary.txt", "profile.yaml", "device.json", "report.html", "verify.txt"], name => Assert.True(new FileInfo(Path.Combine(folder, name)).Length > 0, name));
            var device = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "device.json"), TestContext.Current.CancellationToken)).RootElement;
            Assert.Equal(5, device.GetProperty("runs").GetArrayLength());
            Assert.All(device.GetProperty("services").EnumerateArray(), service => Assert.True(service.GetProperty("whole_seconds").GetDouble() > 0));
        }
        finally
        {
            Directory.Delete(parent, recursive: true);
        }
    }

    [Fact]
    public async Task Machine_without_a_gpu_is_told_so_in_one_message()
    {
        Assert.SkipWhen(File.Exists("/proc/driver/nvidia/version") || File.Exists("/dev/nvidia0") || File.Exists("/usr/lib/wsl/lib/libnvidia-ml.so.1"), "this machine has a GPU");
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the script is for Linux");
        var ended = await Ended.RunAsync(s_limit, Script);
        Assert.Equal(2, ended.ExitCode);
        Assert.Empty(ended.Stdout);
        Assert.Contains("no NVIDIA GPU", Assert.Single(ended.Stderr.Split('\n', StringSplitOptions.RemoveEmptyEntries)));
    }

    [Theory]
    [InlineData("--device", "x")]
    [InlineData("--limit", "0")]
    [InlineData("--weights", "/no/such/folder")]
    [InlineData("--program", "/no/such/program")]
    [InlineData("--unknown")]
    [InlineData("--out")]
    public async Task Bad_option_is_refused_by_name(params string[] arguments)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the script is for Linux");
        var ended = await Ended.RunAsync(s_limit, Script, ["--rehearse", .. arguments]);
        Assert.Equal(2, ended.ExitCode);
        Assert.Contains(arguments[0], Assert.Single(ended.Stderr.Split('\n', StringSplitOptions.RemoveEmptyEntries)));
    }
}
