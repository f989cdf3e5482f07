using System.Text.Json;
using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Workload;

namespace LoadLab.Planning.Tests;

public class AbTestTests
{
    private static readonly AbEvidence s_evidence = new()
    {
        Evidence = Evidence.Simulated, Device = "cpu", DeviceIsCpu = true, Profile = "real", RealCalls = 38, ProfileError = "mean absolute 4 %",
    };

    private static Schedule Arrivals(Seed seed)
    {
        var draw = seed.Stream("arrivals");
        var at = 0.0;
        var calls = Enumerable.Range(0, 100).Select(i => new ScheduledCall { Index = i, Intended = Instant.FromSeconds(at += draw.NextExponential()) }).ToList();
        return new Schedule(Duration.FromSeconds(1000), calls, [.. calls.Select(_ => "")]);
    }

    /// <summary>A fleet whose latency and bill follow the schedule's own hardness, so that pairs share most of their noise.</summary>
    private static AbSide Side(string name, double latency, double replicas, int lost = 0) => new(name, (schedule, seed) =>
    {
        var hardness = 1 + Math.Abs(new Seed(seed.Value).Stream("hardness").NextNormal());
        var noise = seed.Stream(name).NextDouble() * 0.01;
        var calls = schedule.Calls.Select((call, i) => i < lost
            ? CallRecord.Of(call, Outcome.Rejected)
            : CallRecord.Of(call, Outcome.Completed) with { Completed = call.Intended + Duration.FromSeconds((latency * hardness) + noise) }).ToList();
        return new AbReplay(calls, [Make.Usage(0, 0, 3600 * replicas * hardness, 60), Make.Usage(1, 10, 20, 5)], Instant.FromSeconds(3600 * replicas * hardness));
    });

    private static AbReport Run(AbSide a, AbSide b, int seeds = 8) =>
        AbTest.Run(Arrivals, a, b, new Seed(1), seeds, Make.Verda, new SloOptions { P95 = Duration.FromSeconds(100) }, s_evidence);

    private static AbMetric Metric(AbReport report, string name) => report.Metrics.Single(metric => metric.Name == name);

    [Fact]
    public void A_small_true_difference_is_seen_by_pairs_and_lost_without_them()
    {
        var report = Run(Side("fixed", 2, 1), Side("rule", 2.2, 0.9));
        var cost = Metric(report, "cost");
        Assert.Equal("B lower", cost.Verdict);
        Assert.True(cost.Paired!.Low > 0);
        Assert.True(cost.Paired.UnpairedHalfWidth > Math.Abs(cost.Paired.Difference), "apart, the difference drowns");
        Assert.True(cost.Paired.UnpairedHalfWidth > 3 * cost.Paired.HalfWidth);
        Assert.Equal("A lower", Metric(report, "p95 latency").Verdict);
        Assert.Equal("B lower", Metric(report, "cost per 1000 completed").Verdict);
        Assert.Equal("no difference shown", Metric(report, "goodput").Verdict);
        Assert.Equal("no difference shown", Metric(report, "scale actions").Verdict);
        Assert.Equal(2, report.PerSeed[0].A.ScaleActions);
    }

    [Fact]
    public void The_same_policy_against_itself_shows_no_difference()
    {
        var report = Run(Side("fixed", 2, 1), Side("fixed", 2, 1));
        Assert.All(report.Metrics, metric => Assert.Equal("no difference shown", metric.Verdict));
        Assert.All(report.Metrics, metric => Assert.Equal(0, metric.Paired!.Difference));
    }

    [Fact]
    public void Percentiles_that_are_infinite_are_judged_by_sign()
    {
        var report = Run(Side("fixed", 2, 1), Side("lossy", 1, 1, lost: 3));
        var p99 = Metric(report, "p99 latency");
        Assert.Null(p99.Paired);
        Assert.Equal("A lower", p99.Verdict);
        Assert.Equal("not finite in 8 of 8 seeds", p99.B.Why);
        Assert.Equal("sign test: A lower in 8, B lower in 0 of 8 seeds, chance 0.008", p99.By);
        Assert.Equal("B lower", Metric(report, "p95 latency").Verdict);
        Assert.Contains("\"P99Seconds\":\"Infinity\"", JsonSerializer.Serialize(report), StringComparison.Ordinal);
    }

    [Fact]
    public void One_seed_shows_nothing()
    {
        var report = Run(Side("fixed", 2, 1), Side("rule", 1, 5), seeds: 1);
        Assert.All(report.Metrics, metric => Assert.Equal(("no difference shown", null), (metric.Verdict, metric.Paired)));
    }

    [Fact]
    public void Both_sides_play_the_same_arrivals_and_each_seed_has_its_own()
    {
        var seen = new List<(string Side, string Hash, Seed Seed)>();
        AbSide Spy(string name) => new(name, (schedule, seed) =>
        {
            seen.Add((name, schedule.Sha256, seed));
            return Side(name, 1, 1).Play(schedule, seed);
        });
        var report = Run(Spy("a"), Spy("b"), seeds: 4);
        Assert.Equal(8, seen.Count);
        Assert.Equal(seen.Where(play => play.Side == "a").Select(play => (play.Hash, play.Seed)), seen.Where(play => play.Side == "b").Select(play => (play.Hash, play.Seed)));
        Assert.Equal(4, report.PerSeed.Select(row => row.ScheduleSha256).Distinct().Count());
        Assert.Equal(JsonSerializer.Serialize(report), JsonSerializer.Serialize(Run(Spy("a"), Spy("b"), seeds: 4)));
    }

    [Fact]
    public void The_report_says_what_stands_behind_it() => Assert.Equal(
        "simulated on the same arrivals over 2 seeds; profile of cpu (real, 38 real calls behind it, error: mean absolute 4 %); priced as if the replicas were verda/h100-sxm/on-demand",
        Run(Side("fixed", 2, 1), Side("rule", 2, 1), seeds: 2).Wording);

    [Fact]
    public void A_play_that_loses_calls_is_refused()
    {
        var broken = new AbSide("broken", (_, _) => new AbReplay([], [], Instant.Zero));
        Assert.Throws<InvalidOperationException>(() => Run(broken, broken, seeds: 1));
    }
}
