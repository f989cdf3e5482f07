using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Serving;

namespace LoadLab.Fleet.Tests;

/// <summary>Results without rows: the same figures, and memory for the calls in flight alone.</summary>
public class TallyTests
{
    [Fact]
    public void Run_without_rows_tells_what_the_rows_tell_of_any_fleet()
    {
        for (ulong seed = 0; seed < 30; seed++)
        {
            var fleet = new RandomFleet(seed);
            var bound = Duration.FromSeconds(20);
            var (kept, bare) = (Run(fleet, true, bound), Run(fleet, false, bound));
            Assert.Empty(bare.Calls);
            Assert.Equal((kept.End, kept.Events, kept.BusyShare), (bare.End, bare.Events, bare.BusyShare));
            Assert.Equal(kept.Samples, bare.Samples);
            var rows = CallTally.Of(kept.Calls, bound);
            foreach (var tally in new[] { kept.Tally, bare.Tally })
            {
                Assert.Equal(rows.Tiers.Keys, tally.Tiers.Keys);
                Assert.All(rows.Tiers.Values, tier => Assert.True(Same(tier, tally.Tiers[tier.Name]), $"seed {seed}, tier {tier.Name}"));
                Assert.True(Same(rows.Whole, tally.Whole), $"seed {seed}");
            }
        }
    }

    [Fact]
    public void Calls_that_never_ended_count_as_unfinished()
    {
        var schedule = Fixtures.Schedule(10, 0, 1, 2);
        var clients = new SimulatedClients(schedule, new VirtualTimeline(Instant.Zero), keep: false);
        _ = clients.Send();
        clients.Decided(Instant.FromSeconds(4), new Decision.Refuse(new JobId(0), "429"));
        _ = clients.Send();
        clients.Close(Instant.FromSeconds(10));
        Assert.Equal((3L, 1L, 2L), (clients.Tally.Whole.Planned, clients.Tally.Whole.Of(Outcome.Rejected), clients.Tally.Whole.Of(Outcome.Unfinished)));
        Assert.Empty(clients.Records);
    }

    [Fact]
    public void Places_follow_the_calls_in_flight_however_many_there_were()
    {
        var open = new OpenCalls();
        for (var index = 0; index < 100_000; index++)
        {
            open.Open().BatchSize = index;
            Assert.Equal(index, open[index].BatchSize);
            if (index >= 7)
            {
                open.Close(index % 2 == 0 ? index : open.Indices.First());
            }
        }

        Assert.True(open.Count <= 8, $"{open.Count} calls are open");
        Assert.True(open.Places <= 256, $"{open.Places} places for {open.Count} calls");
        Assert.Equal(open.Count, open.Indices.Count());
    }

    [Fact]
    public void Ended_call_gives_up_its_place_and_the_one_that_takes_it_starts_anew()
    {
        var open = new OpenCalls();
        open.Open().Attempts = 3;
        open.Open().Attempts = 1;
        open.Close(0);
        Assert.False(open.Has(0));
        Assert.Equal(0, open.Open().Attempts);
        Assert.Equal([1, 2], open.Indices);
        Assert.Equal(1, open[1].Attempts);
    }

    private static SimulationResult Run(RandomFleet fleet, bool keep, Duration bound) => FleetSimulation.Run(
        fleet.Schedule, fleet.Profile, fleet.Fleet, fleet.Serving, fleet.Autoscaler, fleet.Seed, new SimulationOptions { KeepCalls = keep, Bound = bound });

    private static bool Same(TierTally a, TierTally b) =>
        a.Planned == b.Planned && a.InTime == b.InTime && Enum.GetValues<Outcome>().All(outcome => a.Of(outcome) == b.Of(outcome))
        && Same(a.Latency, b.Latency) && Same(a.Wait, b.Wait) && Same(a.Service, b.Service);

    private static bool Same(Histogram a, Histogram b) => a.Buckets.SequenceEqual(b.Buckets) && a.SumNanoseconds == b.SumNanoseconds && a.Max == b.Max;
}
