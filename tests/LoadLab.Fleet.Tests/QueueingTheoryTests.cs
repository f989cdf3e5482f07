using LoadLab.Core;
using LoadLab.Serving;
using LoadLab.Serving.Autoscaling;

namespace LoadLab.Fleet.Tests;

/// <summary>Waiting times against theory. Sources of the expected values: the M/M/c and Pollaczek-Khinchine formulas; service mean 1 s.</summary>
public class QueueingTheoryTests
{
    [Theory]
    [InlineData("M/M/1", 0.8, 1, true, 4.000000, 400_000, 0.06)]
    [InlineData("M/M/4", 3.2, 4, true, 0.745541, 400_000, 0.05)]
    [InlineData("M/D/1", 0.8, 1, false, 2.000000, 600_000, 0.03)]
    [InlineData("M/D/1", 0.5, 1, false, 0.500000, 200_000, 0.03)]
    public void Waiting_time_agrees_with_theory(string name, double rate, int servers, bool exponential, double expected, int calls, double tolerance)
    {
        var result = Run(rate, servers, exponential, calls, new Seed(20260105));
        var waits = result.Calls.Average(call => (call.Started!.Value - call.Intended).Seconds);
        Assert.True(Math.Abs(waits - expected) / expected < tolerance, $"{name}: mean wait {waits}, theory {expected}");
    }

    [Theory]
    [InlineData("M/M/1/5", 0.9, 1, 4, 0.126023)]
    [InlineData("M/M/4/10", 3.6, 4, 6, 0.067174)]
    [InlineData("Erlang B, 10 servers, 7 erlang", 7.0, 10, 0, 0.078741)]
    public void Refused_share_of_a_bounded_queue_agrees_with_theory(string name, double rate, int servers, int limit, double expected)
    {
        var result = Run(rate, servers, exponential: true, 300_000, new Seed(20260105), limit);
        var refused = result.Calls.Count(call => call.Outcome == Outcome.Rejected) / (double)result.Calls.Count;
        Assert.True(Math.Abs(refused - expected) / expected < 0.05, $"{name}: refused share {refused}, theory {expected}");
    }

    [Fact]
    public void Share_that_waits_longer_than_one_service_agrees_with_theory()
    {
        // M/M/4 at 0.8: P(Wq > 1) = C e^-(4 - 3.2).
        var result = Run(3.2, 4, exponential: true, 300_000, new Seed(3));
        var share = result.Calls.Count(call => call.Started - call.Intended > Duration.FromSeconds(1)) / (double)result.Calls.Count;
        Assert.Equal(0.267994, share, 0.267994 * 0.06);
    }

    [Fact]
    public void Mix_of_short_and_long_clips_waits_as_Pollaczek_and_Khinchine_say()
    {
        // 60 s with probability 0.7, 300 s with 0.3, one call in 200 s: Wq = 217.058824 s.
        var ratios = Enumerable.Repeat(60.0 / 132, 7).Concat(Enumerable.Repeat(300.0 / 132, 3)).ToArray();
        var seed = new Seed(5);
        var result = FleetSimulation.Run(
            Fixtures.Poisson(1.0 / 200, 200_000, seed),
            Fixtures.Profile(wholeSeconds: 132, coldStartSeconds: 0, ratios),
            new FleetOptions { StartBefore = Duration.FromSeconds(1) },
            new ServingOptions { Model = new ModelId(Fixtures.Model), QueueLimit = 1_000_000 },
            new AutoscalerOptions(),
            seed);
        Assert.Equal(217.058824, result.Calls.Average(call => (call.Started!.Value - call.Intended).Seconds), 217 * 0.05);
    }

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

    [Fact]
    public void Littles_law_holds_to_rounding_on_the_closed_run()
    {
        var result = Run(0.8, 1, exponential: true, 20_000, new Seed(7));
        var area = result.Calls.Sum(call => (call.Completed!.Value - call.Intended).Seconds);
        var changes = result.Calls.Select(call => (At: call.Intended, By: +1)).Concat(result.Calls.Select(call => (At: call.Completed!.Value, By: -1))).OrderBy(change => change.At);
        double integral = 0, inSystem = 0, last = 0;
        foreach (var (at, by) in changes)
        {
            integral += inSystem * (at.Seconds - last);
            inSystem += by;
            last = at.Seconds;
        }

        Assert.Equal(area, integral, area * 1e-9);
    }

    [Fact]
    public void Busy_time_of_the_fleet_is_the_sum_of_the_service_times()
    {
        var result = Run(3.2, 4, exponential: true, 20_000, new Seed(7));
        var service = result.Calls.Sum(call => (call.Completed!.Value - call.Started!.Value).Nanoseconds);
        Assert.Equal(service, result.Usage.Sum(usage => usage.Busy.Nanoseconds));
    }

    private static SimulationResult Run(double rate, int servers, bool exponential, int calls, Seed seed, int limit = 1_000_000) => FleetSimulation.Run(
        Fixtures.Poisson(rate, calls, seed),
        Fixtures.Profile(wholeSeconds: 1, coldStartSeconds: 0, ratios: exponential ? Fixtures.Exponential(8192) : null),
        new FleetOptions { StartBefore = Duration.FromSeconds(1) },
        new ServingOptions { Model = new ModelId(Fixtures.Model), QueueLimit = limit },
        new AutoscalerOptions { Replicas = servers },
        seed);
}
