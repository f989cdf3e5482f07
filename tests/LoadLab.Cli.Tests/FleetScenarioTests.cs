using LoadLab.Cli.Verbs;
using LoadLab.Core;
using LoadLab.Fleet;

namespace LoadLab.Cli.Tests;

/// <summary>The shipped scenarios of fleets are loaded and simulated.</summary>
public sealed class FleetScenarioTests
{
    [Fact]
    public void Eight_GPU_and_one_GPU_replicas_share_three_nodes()
    {
        var scenario = Scenario.Load(Repository.At("Scenarios", "fleet", "mixed-gpus.yaml"));
        var run = SimulateVerb.Simulated(scenario, Profiles.Load("wan22-published"));
        var result = FleetSimulation.Run(run.Schedule, run.Profile, run.Fleet, run.Serving, run.Autoscaler, run.Seed);
        Assert.All(result.Calls, call => Assert.Equal(Outcome.Completed, call.Outcome));
        Assert.Equal(["h100-8", "h100-1"], result.Gpus.Kinds.Select(use => use.Kind));
        Assert.All(result.Gpus.Kinds, use => Assert.True(use is { Busy.Seconds: > 0, Boot.Seconds: > 0, Load.Seconds: > 0 }, $"{use}"));
        Assert.Equal(result.Gpus.Nodes.Sum(node => node.Total.Seconds), result.Gpus.Total.Total.Seconds, 1e-3);
        Assert.True(result.Gpus.Total.Empty.Seconds > 0);
        Assert.Contains(result.Assumptions, sentence => sentence.Contains("waited for a node of 8 h100", StringComparison.Ordinal));
    }
}
