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

    private static SimulationResult Run(double rate, int servers, bool exponential, int calls, Seed seed) => FleetSimulation.Run(
        Fixtures.Poisson(rate, calls, seed),
        Fixtures.Profile(wholeSeconds: 1, coldStartSeconds: 0, ratios: exponential ? Fixtures.Exponential(8192) : null),
        new FleetOptions { StartBefore = Duration.FromSeconds(1) },
        new ServingOptions { Model = new ModelId(Fixtures.Model), QueueLimit = 1_000_000 },
        new AutoscalerOptions { Replicas = servers },
        seed);
}
