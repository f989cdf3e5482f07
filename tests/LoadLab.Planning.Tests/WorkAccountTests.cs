using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Serving;
using LoadLab.Serving.Autoscaling;
using LoadLab.Serving.Journal;

namespace LoadLab.Planning.Tests;

/// <summary>Journals written by hand, and what the busy time in them was for.</summary>
public sealed class WorkAccountTests : IDisposable
{
    private static readonly ReplicaId s_first = new(0);
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void Retried_call_wastes_its_failed_attempts_and_not_the_last()
    {
        var work = Journal(
            (0, Arrived(0)), (0, Start(0, 0)),
            (6, new ServingEvent.BatchFailed(s_first, new BatchId(0), "error", "")), (6, new Decision.Retry(new JobId(0), 2, Instant.FromSeconds(7), "error")),
            (8, Start(1, 0)), (11, new ServingEvent.ReplicaLost(s_first, "fault")), (11, new Decision.Retry(new JobId(0), 3, Instant.FromSeconds(12), "replica-lost")),
            (20, Start(2, 0, Stage.Whole, 0)), (30, new ServingEvent.BatchDone(s_first, new BatchId(2))), (30, new Decision.Finish(new JobId(0), "done")));
        Assert.Equal([10, 0, 6 + 3, 0, 0], Uses(work));
    }

    [Fact]
    public void Failed_batch_wastes_the_part_of_each_of_its_jobs()
    {
        var work = Journal(
            (0, Arrived(0, "a")), (0, Arrived(1, "b")), (0, Arrived(2, "a")), (0, Start(0, 0, Stage.Whole, 0, 1, 2)),
            (9, new ServingEvent.BatchFailed(s_first, new BatchId(0), "crashed", "")), (9, new Decision.Fail(new JobId(0), "crashed", "")), (9, new Decision.Fail(new JobId(1), "crashed", "")), (9, new Decision.Fail(new JobId(2), "crashed", "")));
        Assert.Equal([0, 0, 9, 0, 0], Uses(work));
        Assert.Equal([("a", 6.0), ("b", 3.0)], work.ByTenant.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => (pair.Key, pair.Value.Seconds)));
    }

    [Fact]
    public void Clip_refused_after_it_ran_is_refused_work_and_one_refused_before_costs_nothing()
    {
        var work = Journal(
            (0, Arrived(0)), (0, Arrived(1)), (0, new Decision.Reject(new JobId(1), "content-before", "")), (0, Start(0, 0, Stage.Whole, 0)),
            (5, new ServingEvent.BatchDone(s_first, new BatchId(0))), (6, new Decision.Reject(new JobId(0), "content-after", "")));
        Assert.Equal([0, 5, 0, 0, 0], Uses(work));
    }

    [Fact]
    public void Job_abandoned_in_a_batch_takes_its_part_along_and_the_rest_is_completed()
    {
        var work = Journal(
            (0, Arrived(0)), (0, Arrived(1)), (0, Start(0, 0, Stage.Whole, 0, 1)), (2, new Decision.Drop(new JobId(0), "cancelled")),
            (8, new ServingEvent.BatchDone(s_first, new BatchId(0))), (8, new Decision.Finish(new JobId(1), "done")),
            (8, Arrived(2)), (8, Start(1, 0, Stage.Whole, 2)), (9, new Decision.Drop(new JobId(2), "cancelled")), (10, new ServingEvent.BatchFailed(s_first, new BatchId(1), "cancelled", "")));
        Assert.Equal([4, 0, 0, 4 + 2, 0], Uses(work));
    }

    [Fact]
    public void Stages_of_a_pipeline_count_together_and_fail_together()
    {
        ReplicaId text = new(0), denoise = new(1), decode = new(2);
        var work = Journal(
            (0, Arrived(0)), (0, Arrived(1)),
            (0, new Decision.Start(text, new BatchId(0), Stage.Text, 0, [new JobId(0)], "")), (1, new ServingEvent.StageDone(text, new BatchId(0), Stage.Text)),
            (1, new Decision.Start(text, new BatchId(1), Stage.Text, 0, [new JobId(1)], "")), (1, new Decision.Start(denoise, new BatchId(0), Stage.Denoise, 0, [new JobId(0)], "")),
            (2, new ServingEvent.StageDone(text, new BatchId(1), Stage.Text)), (11, new ServingEvent.StageDone(denoise, new BatchId(0), Stage.Denoise)),
            (11, new Decision.Start(denoise, new BatchId(1), Stage.Denoise, 0, [new JobId(1)], "")), (12, new Decision.Start(decode, new BatchId(0), Stage.Decode, 0, [new JobId(0)], "")),
            (14, new ServingEvent.StageDone(decode, new BatchId(0), Stage.Decode)), (14, new ServingEvent.BatchDone(decode, new BatchId(0))), (14, new Decision.Finish(new JobId(0), "done")),
            (15, new ServingEvent.BatchFailed(denoise, new BatchId(1), "error", "")), (15, new Decision.Fail(new JobId(1), "error", "")));
        Assert.Equal([1 + 10 + 2, 0, 1 + 4, 0, 0], Uses(work));
    }

    [Fact]
    public void What_is_on_its_way_when_the_journal_ends_is_unfinished()
    {
        var work = Journal((0, Arrived(0)), (0, Start(0, 0, Stage.Whole, 0)), (4, new ServingEvent.Shutdown()));
        Assert.Equal([0, 0, 0, 0, 4], Uses(work));
    }

    [Fact]
    public void Bill_splits_busy_to_the_last_digit_and_to_the_cent_and_names_what_was_wasted()
    {
        var draw = new Seed(31).Stream("work");
        for (var trial = 0; trial < 200; trial++)
        {
            var busy = 1 + (1e5 * draw.NextDouble());
            var weights = Enumerable.Range(0, 5).Select(_ => Duration.FromSeconds(draw.NextInt(3) == 0 ? 0 : 1e4 * draw.NextDouble())).ToArray();
            var work = new WorkAccount { ByUse = weights, ByTenant = new Dictionary<string, Duration>(), From = "here" };
            var report = CostReport.Of(Make.Basis([Make.Usage(0, 0, busy * 1.7, busy, load: 0.1 * busy)], [Make.Call(0, 0, 1)]) with { Work = work, Gpus = ReplicaGpus.All(1 + draw.NextInt(8)) });
            if (weights.All(time => time == Duration.Zero))
            {
                Assert.Equal((0, null, ""), (report.Work.Count, report.Wasted, report.WorkFrom));
                continue;
            }

            Assert.Equal(["completed", "refused", "failed", "abandoned", "unfinished"], report.Work.Select(part => part.Name));
            Assert.Equal(report.Parts[0].Amount, report.Work.Sum(part => part.Amount));
            Assert.Equal(report.Parts[0].Cents, report.Work.Sum(part => part.Cents));
            Assert.Equal(report.Parts[0].GpuSeconds, report.Work.Sum(part => part.GpuSeconds), 1e-6);
            Assert.Equal(report.Total, report.Work.Concat(report.Parts.Skip(1)).Sum(part => part.Amount));
            Assert.Equal(report.TotalCents, report.Work.Concat(report.Parts.Skip(1)).Sum(part => part.Cents));
            Assert.Equal(("wasted", report.Work[1].Amount + report.Work[2].Amount, "here"), (report.Wasted!.Name, report.Wasted.Amount, report.WorkFrom));
        }
    }

    [Fact]
    public void Without_a_journal_the_calls_own_times_say()
    {
        var calls = new[]
        {
            Make.Call(0, 0, 30, started: 0), Make.Call(1, 30, 20, started: 30, batchSize: 2),
            Make.Call(2, 60, null, started: 60, outcome: Outcome.Rejected) with { DecodeEnd = Instant.FromSeconds(65), Polled = Instant.FromSeconds(99) },
            Make.Call(3, 60, null, started: 65, outcome: Outcome.Failed) with { Polled = Instant.FromSeconds(68) },
            Make.Call(4, 60, null, outcome: Outcome.Abandoned), Make.Call(5, 70, null, started: 70, outcome: Outcome.Abandoned) with { Polled = Instant.FromSeconds(72) },
        };
        var report = CostReport.Of(Make.Basis([Make.Usage(0, 0, 3600, 50)], calls));
        Assert.Equal([40.0, 5, 3, 2, 0], report.Work.Select(part => part.GpuSeconds));
        Assert.Equal((8.0, "the calls' own times, the last attempt of each"), (report.Wasted!.GpuSeconds, report.WorkFrom));
    }

    [Fact]
    public void Tenants_pay_for_their_failed_attempts_where_a_journal_tells_of_them()
    {
        var calls = new[] { Make.Call(0, 0, 40, "a", started: 30), Make.Call(1, 0, 10, "b", started: 0) };
        var told = new WorkAccount { ByUse = [Duration.FromSeconds(20), default, Duration.FromSeconds(20), default, default], ByTenant = new Dictionary<string, Duration> { ["a"] = Duration.FromSeconds(30), ["b"] = Duration.FromSeconds(10) }, From = "" };
        var basis = Make.Basis([Make.Usage(0, 0, 3600, 40)], calls);
        Assert.Equal([30.0, 10], CostReport.Of(basis with { Work = told }).Tenants.Select(tenant => tenant.ReplicaSeconds));
        Assert.Equal([10.0, 10], CostReport.Of(basis with { Work = told with { ByTenant = new Dictionary<string, Duration> { ["key-7"] = Duration.FromSeconds(40) } } }).Tenants.Select(tenant => tenant.ReplicaSeconds));
    }

    private static ServingEvent Arrived(int job, string tenant = "") => new ServingEvent.Arrived(new JobView
    {
        Id = new JobId(job), Received = Instant.Zero, Model = new ModelId("m"), Width = 16, Height = 16, Frames = 1, Steps = 1, Tenant = tenant,
    });

    private static Decision Start(int batch, int job) => Start(batch, 0, Stage.Whole, job);

    private static Decision Start(int batch, int replica, Stage stage, params int[] jobs) =>
        new Decision.Start(new ReplicaId(replica), new BatchId(batch), stage, 0, [.. jobs.Select(job => new JobId(job))], "");

    private static double[] Uses(WorkAccount work) => [.. work.ByUse.Select(time => time.Seconds)];

    private WorkAccount Journal(params (double At, object What)[] lines)
    {
        using (var writer = new JournalWriter(File.Create(_file), new JournalHeader { Serving = new ServingOptions(), Autoscaler = new AutoscalerOptions(), Seed = 1, EpochNs = 0 }))
        {
            foreach (var (at, what) in lines)
            {
                if (what is ServingEvent e)
                {
                    writer.Write(Instant.FromSeconds(at), e);
                }
                else
                {
                    writer.Write(Instant.FromSeconds(at), (Decision)what);
                }
            }
        }

        return WorkAccount.OfJournal(_file);
    }
}
