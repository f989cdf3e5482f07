using LoadLab.Core;
using LoadLab.Fleet;

namespace LoadLab.Planning.Tests.Claims;

public sealed class ClaimRunTests
{
    [Fact]
    public void Figures_of_a_run_are_those_of_its_calls_and_replicas()
    {
        // Two calls of one batch that started together at 2 s and took 4; one that failed.
        var run = Of(
            [Make.Call(0, at: 0, latency: 6, started: 2, batchSize: 2), Make.Call(1, at: 1, latency: 5, started: 2, batchSize: 2), Make.Call(2, at: 3, latency: null)],
            [Make.Usage(1, from: 0, to: 3600, busy: 4), Make.Usage(0, from: 0, to: 3600, busy: 2)]);
        Assert.Equal(2, run.Completed);
        Assert.Equal(2 / 3.0, run.Goodput, 12);
        Assert.Equal(2, run.MeanBatch, 12);
        Assert.Equal(3, run.BusyPerClip, 12);
        Assert.Equal(2, run.BusyPerClipOf(_ => true), 12);
        Assert.Equal(2, run.ProvisionedHours, 12);
        Assert.Equal(24, run.ClipsPerGpuDay, 12);
        Assert.Equal((5, 6), (run.Latency(0.5), run.Latency(1)));
        Assert.Equal((1, 2), (run.Wait(0.5), run.Wait(1)));
        Assert.Equal([0, 1], run.Replicas.Select(usage => usage.Replica.Value));
    }

    internal static ClaimRun Of(IReadOnlyList<Core.Runs.CallRecord> calls, IReadOnlyList<Serving.ReplicaUsage> usage) => new(
        "pair", "article-pair", 0, new SimulationResult { Calls = calls, Samples = [], Gpus = FleetUse.Of([], [], [], 1),
            Usage = usage, End = Instant.FromSeconds(3600), Events = 0, Assumptions = [] });
}
