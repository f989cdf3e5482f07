using LoadLab.Core.Runs;

namespace LoadLab.Core.Tests;

public class CallTallyTests
{
    [Fact]
    public void Counts_outcomes_by_tier_and_times_of_completed_calls_alone()
    {
        var tally = CallTally.Of([Call("vip", 1, 2, 5), Call("vip", 1, 4, 9), Call("", 0, 1, 2), Call("vip", 2, 3, 4) with { Outcome = Outcome.Abandoned }], Duration.FromSeconds(5));
        Assert.Equal(["", "vip"], tally.Tiers.Keys);
        var vip = tally.Tiers["vip"];
        Assert.Equal((3L, 2L, 1L, 0L, 1L), (vip.Planned, vip.Of(Outcome.Completed), vip.Of(Outcome.Abandoned), vip.Of(Outcome.Failed), vip.InTime));
        Assert.Equal((7.0, 2.0, 4.0), (vip.Latency.MeanSeconds, vip.Wait.MeanSeconds, vip.Service.MeanSeconds));
        Assert.Equal((4L, 3L, 2L, 3L), (tally.Whole.Planned, tally.Whole.Of(Outcome.Completed), tally.Whole.InTime, tally.Whole.Latency.Count));
    }

    [Fact]
    public void Tallies_of_two_runs_merge_to_the_tally_of_all_their_calls()
    {
        CallRecord[] one = [Call("vip", 1, 2, 5), Call("", 0, 1, 2)];
        CallRecord[] other = [Call("free", 3, 4, 6), Call("vip", 1, 3, 4)];
        var merged = CallTally.Of(one);
        merged.Merge(CallTally.Of(other));
        var whole = CallTally.Of([.. one, .. other]);
        Assert.Equal(whole.Tiers.Keys, merged.Tiers.Keys);
        Assert.Equal(whole.Whole.Latency.Buckets, merged.Whole.Latency.Buckets);
        Assert.Equal((whole.Whole.Planned, whole.Whole.InTime), (merged.Whole.Planned, merged.Whole.InTime));
        Assert.Throws<ArgumentException>(() => merged.Merge(new CallTally(Duration.FromSeconds(1))));
    }

    /// <summary>Intended at 0 s; the other times in seconds.</summary>
    private static CallRecord Call(string tier, double queued, double started, double completed) => new()
    {
        Call = 0,
        Intended = Instant.Zero,
        Tier = tier,
        Outcome = Outcome.Completed,
        Queued = Instant.FromSeconds(queued),
        Started = Instant.FromSeconds(started),
        Completed = Instant.FromSeconds(completed),
    };
}
