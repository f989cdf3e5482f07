using LoadLab.Core;
using LoadLab.Serving;
using LoadLab.Serving.Autoscaling;

namespace LoadLab.Fleet.Tests;

/// <summary>Closed loops against theory; open queues are in LoadLab.Theory.Tests.</summary>
public class QueueingTheoryTests
{
    [Theory]
    [InlineData(4, 5.0)]
    [InlineData(10, 5.0)]
    [InlineData(3, 0.5)]
    public void Closed_loop_has_the_throughput_of_the_finite_source_queue(int users, double thinkSeconds)
    {
        // M/M/1//N, the machine-repairman model: P0 = 1 / sum N!/(N-n)! (S/Z)^n and throughput (1 - P0) / S, with S = 1 s.
        const int Calls = 100_000;
        var seed = new Seed(11);
        var schedule = Workload.Scheduler.Build(
            new Workload.WorkloadOptions
            {
                Name = "closed",
                Seed = seed,
                Length = Duration.FromSeconds(1e7),
                Closed = new Workload.ClosedLoop { Users = users, Calls = Calls, Think = new Workload.ThinkTime.Exponential(Duration.FromSeconds(thinkSeconds)) },
            },
            new Workload.TargetDefaults(Fixtures.Model, Fixtures.Shape.Width, Fixtures.Shape.Height, Fixtures.Shape.Frames, Fixtures.Shape.Steps));
        var result = FleetSimulation.Run(
            schedule,
            Fixtures.Profile(wholeSeconds: 1, coldStartSeconds: 0, Fixtures.Exponential(1000)),
            new FleetOptions { StartBefore = Duration.FromSeconds(1) },
            new ServingOptions { Model = new ModelId(Fixtures.Model), QueueLimit = 1_000_000 },
            new AutoscalerOptions(),
            seed);
        var terms = Enumerable.Range(0, users + 1).Select(n => Enumerable.Range(0, n).Aggregate(1.0, (product, i) => product * (users - i) / thinkSeconds)).ToList();
        var expected = 1 - (1 / terms.Sum());
        Assert.Equal(Calls, result.Calls.Count);
        Assert.Equal(expected, Calls / result.Calls.Max(call => call.Completed!.Value.Seconds), expected * 0.01);
        Assert.Equal(result.Calls.Select(call => call.Intended).Order(), result.Calls.Select(call => call.Intended));
    }
}
