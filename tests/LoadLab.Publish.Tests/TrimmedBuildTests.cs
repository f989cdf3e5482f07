using System.Formats.Tar;
using System.IO.Compression;

namespace LoadLab.Publish.Tests;

/// <summary>A warning of the trimmer is an error of the build; these tests are for what it cannot see.</summary>
public sealed class TrimmedBuildTests(TrimmedBuild build)
{
    private const long MaxCompressedBytes = 55L << 20;
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(5);

    [Fact]
    public void Compressed_program_fits_its_bound()
    {
        Assert.True(File.Exists(build.Program));
        using var archive = new MemoryStream();
        using (var gzip = new GZipStream(archive, CompressionLevel.Optimal, leaveOpen: true))
        {
            TarFile.CreateFromDirectory(TrimmedBuild.Folder, gzip, includeBaseDirectory: true);
        }

        Assert.InRange(archive.Length, 1, MaxCompressedBytes);
    }

    [Fact]
    public async Task Verify_passes_on_golden_vectors()
    {
        var ended = await Ended.RunAsync(s_limit, build.Program, "verify", Checkout.At("tests", "golden", "wan"));
        Assert.True(ended.ExitCode == 0, ended.All);
        Assert.Matches("[1-9][0-9]* of [1-9][0-9]* cases pass", ended.Stdout);
    }

    /// <summary>Scenario, profile, schedule, journal, run folder and JSON document: the same bytes with and without trimming.</summary>
    [Theory]
    [InlineData("simulate", "Scenarios/demo-day.yaml", "--profile", "wan2.2-t2v-a14b-h100-1gpu", "--out", "OUT", "--json")]
    [InlineData("ab", "Scenarios/demo-day.yaml", "--a", "fixed:10", "--b", "article-rule:2..16", "--seeds", "2", "--profile", "wan2.2-t2v-a14b-h100-1gpu", "--json")]
    [InlineData("verify", "tests/golden/wan", "--json")]
    [InlineData("simulate", "Scenarios/no-such-file.yaml")]
    [InlineData("--help")]
    public async Task Trimmed_and_whole_program_say_the_same(params string[] arguments)
    {
        var trimmed = await RunAsync(build.Program, [], arguments);
        var whole = await RunAsync("dotnet", [Path.Combine(AppContext.BaseDirectory, "loadlab.dll")], arguments);
        Assert.Equal(whole, trimmed);
    }

    private static async Task<Ended> RunAsync(string program, string[] first, string[] arguments)
    {
        var folder = Directory.CreateTempSubdirectory("loadlab-publish-").FullName;
        try
        {
            var ended = await Ended.RunAsync(s_limit, program, [.. first, .. arguments.Select(argument => argument == "OUT" ? folder : argument)]);
            return ended with { Stdout = ended.Stdout.Replace(folder, "OUT", StringComparison.Ordinal), Stderr = ended.Stderr.Replace(folder, "OUT", StringComparison.Ordinal) };
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
