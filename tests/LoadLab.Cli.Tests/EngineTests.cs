namespace LoadLab.Cli.Tests;

/// <summary>The load engine and the sampler of optional packages, in a build without them.</summary>
public sealed class EngineTests
{
    private const string Scenario = """
        name: engines
        workload: { duration: 1s, arrivals: [ { constant: { rate: 1/s } } ], jobs: [ { size: 160x96, frames: 9, steps: 4 } ] }
        target: { kind: local, model: wan2.2-ti2v-5b-nano, replicas: 1, memory: 1GiB }
        """;

    private readonly Workspace _workspace;

    public EngineTests(Workspace workspace)
    {
        _workspace = workspace;
        File.WriteAllText(Path.Combine(workspace.Folder, "engines.yaml"), Scenario);
    }

    [Fact]
    public async Task NBomber_in_a_build_without_it_exits_2_with_the_command_that_adds_it_and_leaves_no_folder()
    {
        var ended = await LoadLabProcess.RunAsync(_workspace, "run", "engines.yaml", "--engine", "nbomber", "--out", "engine-runs");
        Assert.SkipUnless(ended.Stderr.Contains("is not in this build", StringComparison.Ordinal), "this build has NBomber");

        ended.Exits(2);
        Assert.Contains("dotnet build Harness/LoadLab.Cli -p:LoadLabPackages=NBomber", Assert.Single(ended.ErrorLines), StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_workspace.Folder, "engine-runs")));
    }

    [Fact]
    public async Task An_engine_that_is_not_known_is_told_in_one_line()
    {
        var ended = (await LoadLabProcess.RunAsync(_workspace, "run", "engines.yaml", "--engine", "abacus")).Exits(2);
        Assert.Contains("--engine = \"abacus\" is not known; write for example own or nbomber", ended.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Doctor_tells_of_both_packages_whether_they_are_built_in()
    {
        var ended = (await LoadLabProcess.RunAsync(_workspace, "doctor", "--json")).Exits(0);
        Assert.Contains("\"part\": \"nbomber\"", ended.Stdout, StringComparison.Ordinal);
        Assert.Contains("\"part\": \"managedcuda\"", ended.Stdout, StringComparison.Ordinal);
        Assert.SkipUnless(ended.Stdout.Contains("\"found\": \"not in this build\"", StringComparison.Ordinal), "this build has both packages");
        Assert.Contains("-p:LoadLabPackages=", ended.Stdout, StringComparison.Ordinal);
    }
}
