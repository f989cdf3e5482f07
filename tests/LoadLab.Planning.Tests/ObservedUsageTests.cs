using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Planning.Tests;

public sealed class ObservedUsageTests
{
    [Fact]
    public void Counts_are_a_step_function_over_the_run()
    {
        // 2 replicas from -1 s, 4 from 10 s, 1 from 20 s; the run ends at 30 s.
        var observed = ObservedReplicas.Of(Replicas(10, (-1, 2), (10, 4), (20, 1), (31, 9)), At(30))!;
        Assert.Equal([(0.0, 10.0, 2), (10, 20, 4), (20, 30, 1)], observed.Stretches.Select(stretch => (stretch.From.Seconds, stretch.To.Seconds, stretch.Count)));
        Assert.Equal(20 + 40 + 10, observed.ReplicaSeconds, 9);
        Assert.Equal(Duration.Zero, observed.Unknown);

        // The change of two lies somewhere in 11 s, that of three in 10 s.
        Assert.Equal((2 * 11) + (3 * 10), observed.ErrorReplicaSeconds, 9);
        Assert.Equal((3, 10.0), (observed.Samples, observed.Interval.Seconds));
    }

    [Fact]
    public void Count_is_held_for_three_intervals_and_then_unknown()
    {
        var observed = ObservedReplicas.Of(Replicas(5, (5, 2), (10, 2), (40, 2), (45, 2)), At(100))!;
        Assert.Equal([(5.0, 25.0, 2), (40, 60, 2)], observed.Stretches.Select(stretch => (stretch.From.Seconds, stretch.To.Seconds, stretch.Count)));
        Assert.Equal(100 - 20 - 20, observed.Unknown.Seconds, 9);
        Assert.Equal(0, observed.ErrorReplicaSeconds);
    }

    [Fact]
    public void Series_of_one_answer_add_up_and_a_series_that_is_gone_no_longer_counts()
    {
        var samples = Replicas(5, (0, 0)).Concat([Sample(0, "replicas/deployment=b", 2), Sample(5, "replicas/deployment=a", 1), Sample(5, "replicas/deployment=b", 2), Sample(10, "replicas/deployment=a", 1)]).ToList();
        var observed = ObservedReplicas.Of(samples, At(15))!;
        Assert.Equal([2, 3, 1], observed.Stretches.Select(stretch => stretch.Count));
    }

    [Fact]
    public void Two_queries_add_up_where_both_are_known()
    {
        var samples = Replicas(5, (0, 2), (5, 2), (10, 2)).Append(Sample(0, "observe.interval/replicas#2", 2)).Append(Sample(4, "replicas#2", 3)).ToList();
        var observed = ObservedReplicas.Of(samples, At(20))!;
        Assert.Equal([(4.0, 10.0, 5)], observed.Stretches.Select(stretch => (stretch.From.Seconds, stretch.To.Seconds, stretch.Count)));
        Assert.Equal(14, observed.Unknown.Seconds, 9);
    }

    [Fact]
    public void Age_of_the_values_and_of_the_clock_widen_the_error()
    {
        var samples = Replicas(5, (0, 2), (5, 4)).Append(Sample(9, "observe.staleness/replicas", 15)).Append(Sample(9, "observe.clock.uncertainty/replicas", 0.5)).ToList();
        Assert.Equal(2 * (5 + 15 + 0.5), ObservedReplicas.Of(samples, At(10))!.ErrorReplicaSeconds, 9);
    }

    [Fact]
    public void Samples_of_others_are_no_replicas()
    {
        Assert.Null(ObservedReplicas.Of([new Sample(At(1), "server", "replicas", "replicas", 2), Sample(1, "replicasofthis", 2), Sample(1, "custom.replicas.available", 2)], At(10)));
        Assert.Null(ObservedUsage.Of([], [Make.Call(0, 0, 5)]));
    }

    [Fact]
    public void Every_nanosecond_of_provisioned_time_is_busy_or_idle_whatever_the_counts()
    {
        var draw = new Seed(5).Stream("observed");
        for (var trial = 0; trial < 200; trial++)
        {
            var at = -2.0;
            var rounds = Enumerable.Range(0, 1 + draw.NextInt(30)).Select(_ => (at += 0.1 + (20 * draw.NextDouble()), (double)draw.NextInt(6))).ToArray();
            var calls = Enumerable.Range(0, 20).Select(i => Make.Call(i, i * 5, 3 + (30 * draw.NextDouble()), started: (i * 5) + draw.NextDouble())).ToList();
            var samples = Replicas(5, rounds);
            var usage = ObservedUsage.Of(samples, calls)!;
            var observed = ObservedReplicas.Of(samples, Instant.Zero + RunSummary.WindowOf(calls))!;
            var total = usage.Replicas.Sum(replica => replica.Total.Nanoseconds);
            Assert.Equal(observed.Stretches.Sum(stretch => stretch.Count * (stretch.To - stretch.From).Nanoseconds), total);
            Assert.Equal(total, usage.Replicas.Sum(replica => replica.Busy.Nanoseconds + replica.Idle.Nanoseconds + replica.Load.Nanoseconds + replica.Drain.Nanoseconds + replica.Down.Nanoseconds));
            Assert.All(usage.Replicas, replica => Assert.True(replica.Busy >= Duration.Zero && replica.Idle >= Duration.Zero && replica.Gone > replica.Provisioned));
            Assert.Equal(observed.Stretches.Sum(stretch => (stretch.To - stretch.From).Nanoseconds) + observed.Unknown.Nanoseconds, RunSummary.WindowOf(calls).Nanoseconds);

            var report = CostReport.Of(Make.Basis(usage.Replicas, calls) with { Source = usage.Source, Gpus = ReplicaGpus.All(8) });
            Assert.Equal(report.Total, report.Parts.Sum(part => part.Amount));
            Assert.Equal(report.Total, report.Tenants.Sum(tenant => tenant.Amount));
            Assert.Equal(8 * total / 3.6e12, report.GpuHours, 1e-9);
        }
    }

    [Fact]
    public void Busy_is_the_service_time_of_the_calls_batches_together()
    {
        // Two calls of one batch, 10 s to 15 s, and one call alone, 20 s to 24 s.
        var calls = new[] { Make.Call(0, 9, 6, started: 10) with { Batch = 7 }, Make.Call(1, 9, 6, started: 10) with { Batch = 7 }, Make.Call(2, 20, 4, started: 20) };
        var usage = ObservedUsage.Of(Replicas(5, [.. Enumerable.Range(0, 6).Select(i => (i * 5.0, 1.0))]), calls)!;
        Assert.Equal(9, usage.Replicas.Sum(replica => replica.Busy.Seconds), 9);
        Assert.Equal("service times of 3 calls", usage.Source.BusyFrom);
    }

    [Fact]
    public void Busy_time_counts_only_where_the_replicas_are_known()
    {
        var usage = ObservedUsage.Of(Replicas(1, (0, 1), (1, 1), (20, 1)), [Make.Call(0, 0, 21, started: 0)])!;
        Assert.Equal(4 + 1, usage.Replicas.Sum(replica => replica.Busy.Seconds), 9);
        Assert.Equal(16, usage.Source.UnknownSeconds, 9);
        Assert.Contains("for 16 s of the run their count is unknown and not billed: the true cost is higher", usage.Source.Wording, StringComparison.Ordinal);
    }

    [Fact]
    public void Busy_is_never_more_than_was_provisioned_and_says_why()
    {
        var usage = ObservedUsage.Of(Replicas(10, (0, 1)), [.. Enumerable.Range(0, 4).Select(i => Make.Call(i, 0, 10, started: 0))])!;
        Assert.Equal(10, usage.Replicas.Sum(replica => replica.Busy.Seconds), 9);
        Assert.Contains("more than was provisioned", usage.Source.BusyFrom, StringComparison.Ordinal);
    }

    [Fact]
    public void Utilisation_stands_in_where_calls_have_no_times_of_service()
    {
        var samples = Replicas(10, (0, 2)).Append(Sample(1, "gpu.util/gpu=0", 100)).Append(Sample(1, "gpu.util/gpu=1", 0)).Append(Sample(99, "gpu.util/gpu=1", 100)).ToList();
        var usage = ObservedUsage.Of(samples, [Make.Call(0, 0, 10)])!;
        Assert.Equal(10, usage.Replicas.Sum(replica => replica.Busy.Seconds), 9);
        Assert.Equal("mean gpu.util of 2 series, 2 samples (kernel-active time, no busy share)", usage.Source.BusyFrom);
    }

    [Fact]
    public void Busy_share_is_not_known_when_nothing_says_so()
    {
        var calls = new[] { Make.Call(0, 0, 10) };
        var usage = ObservedUsage.Of(Replicas(10, (0, 2)), calls)!;
        var report = CostReport.Of(Make.Basis(usage.Replicas, calls, cpu: true) with { Source = usage.Source });
        Assert.Null(report.BusyShare.Value);
        Assert.StartsWith("not known", report.BusyShare.Why, StringComparison.Ordinal);
        Assert.Equal(20, report.Parts.Sum(part => part.GpuSeconds), 9);
        Assert.Equal("priced as if the observed replicas had been verda/h100-sxm/on-demand: what they ran on was not seen (real, 12 real calls on cpu behind it)", report.Wording);
        Assert.StartsWith("replicas observed by Prometheus, 1 samples, every 10 s, 20 replica-seconds ± 0 (± 0.0 %), the age of the values not counted; busy: not known", report.Observed!.Wording, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_without_a_journal_is_priced_by_the_replicas_that_were_observed()
    {
        var root = Directory.CreateTempSubdirectory("loadlab-planning-").FullName;
        try
        {
            var folder = RunFolder.Create(root, "observed", DateTimeOffset.UnixEpoch);
            folder.Write(new RunManifest { Scenario = "observed", Status = "completed", Evidence = "real", Planned = 2, RealCalls = 2, ScheduleSha256 = "", Seed = 0, ScenarioText = "", Parts = "", Version = "", Machine = "", Device = "remote: h" });
            using (var rows = new CallsWriter(folder.File(CallsFile.Name)))
            {
                rows.Write(Make.Call(0, 0, 5, started: 0));
                rows.Write(Make.Call(1, 5, 5, started: 5));
            }

            using (var rows = new SamplesWriter(folder.File(SamplesFile.Name)))
            {
                rows.Write(Replicas(5, (0, 3), (5, 3)));
            }

            var basis = CostBasis.Of(folder, Make.Verda, gpus: ReplicaGpus.All(2));
            Assert.Equal(2 * 3 * 10 / 3600.0, CostReport.Of(basis).GpuHours, 1e-9);
            Assert.Equal(2, basis.RealCalls);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static List<Sample> Replicas(double interval, params (double At, double Count)[] rounds) =>
        [Sample(-5, "observe.interval/replicas", interval), .. rounds.Select(round => Sample(round.At, "replicas", round.Count))];

    private static Sample Sample(double at, string metric, double value) => new(At(at), "remote", metric, "x", value);

    private static Instant At(double seconds) => Instant.FromSeconds(seconds);
}
