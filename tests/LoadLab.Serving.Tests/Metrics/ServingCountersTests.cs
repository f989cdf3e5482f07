using LoadLab.Core;
using LoadLab.Serving.Journal;
using LoadLab.Serving.Metrics;
using LoadLab.Serving.Safety;

namespace LoadLab.Serving.Tests.Metrics;

public class ServingCountersTests
{
    [Fact]
    public void Ends_are_counted_by_their_reasons()
    {
        var told = new Told().Warm(0).Arrived(4, 0, 1, 2, 3)
            .At(4, new ServingEvent.Arrived(Story.View(9, 4)), new Decision.Refuse(new(9), "quota", Duration.FromSeconds(60)))
            .At(4, new ServingEvent.Arrived(Story.View(10, 4)), new Decision.Admit(new(10), "fallback-queue", new ModelId("light")))
            .Start(5, 0, [0, 1])
            .At(6, new ServingEvent.BatchFailed(new(0), new(0), "error", "boom"), new Decision.Retry(new(0), 2, Instant.FromSeconds(7), "error"), new Decision.Fail(new(1), "error", "boom"))
            .At(7, new Decision.Reject(new(2), "expired", "waited 30 s"))
            .At(8, new ServingEvent.Cancelled(new(3)), new Decision.Drop(new(3), "cancelled"))
            .At(9, new ServingEvent.Shutdown(), new Decision.Fail(new(10), "shutdown", "the server stops"), new Decision.PolicyFault("batching", "threw", "x"));

        var counters = told.Counters;
        Assert.Equal(["fallback-queue=1", "queued=4"], Lines(counters.Admitted));
        Assert.Equal(1, counters.ServedByLighter);
        Assert.Equal(["quota=1"], Lines(counters.Refused));
        Assert.Equal(["error=1"], Lines(counters.Retried));
        Assert.Equal(["error=1", "shutdown=1"], Lines(counters.Failed));
        Assert.Equal(["error=1"], Lines(counters.DeadLetters));
        Assert.Equal(["expired=1"], Lines(counters.Rejected));
        Assert.Equal(["cancelled=1"], Lines(counters.Dropped));
        Assert.Equal(["batching=1"], Lines(counters.PolicyFaults));
        Assert.Equal(1, counters.Open);
    }

    [Fact]
    public void Codes_past_their_bound_are_counted_together()
    {
        var told = new Told();
        for (var i = 0; i < 100; i++)
        {
            told.Arrived(i, i).At(i, new Decision.Fail(new(i), $"cause-{i:D3}", ""));
        }

        Assert.Equal((ReasonCounts.MaxCodes, 100, 37), (told.Counters.Failed.Count(), told.Counters.Failed.Total, told.Counters.Failed.Of(ReasonCounts.Other)));
    }

    [Fact]
    public void A_batch_is_counted_once_however_many_stages_it_has()
    {
        var told = new Told().Warm(0, 0).Warm(0, 1).Warm(0, 2).Arrived(4, 0, 1, 2)
            .Start(5, 0, [0, 1], 0, Stage.Text)
            .At(6, new ServingEvent.StageDone(new(0), new(0), Stage.Text))
            .Start(6, 0, [0, 1], 1, Stage.Denoise)
            .At(16, new ServingEvent.StageDone(new(1), new(0), Stage.Denoise))
            .Start(16, 0, [0, 1], 2, Stage.Decode)
            .At(18, new ServingEvent.StageDone(new(2), new(0), Stage.Decode))
            .Done(18, 0, [0, 1], 2)
            .Start(20, 1, [2])
            .Done(24, 1, [2]);

        Assert.Equal([(1, 1L), (2, 1L)], told.Counters.Batches.Counts);
        Assert.Equal(3 / 8.0, told.Counters.BatchFill);
        Assert.Equal((3, 0), (told.Counters.Finished, told.Counters.Open));
        Assert.Equal([("t2", 4.0 * 1e9), ("t0", 6.5 * 1e9), ("t1", 6.5 * 1e9)], told.Counters.Tenants.Top(9).OrderBy(share => share.Gpu).Select(share => (share.Tenant, (double)share.Gpu.Nanoseconds)));
    }

    [Fact]
    public void A_load_of_the_loaded_model_is_a_ping()
    {
        var told = new Told().Warm(0)
            .At(10, new Decision.Load(new(0), new("a"), "ping"))
            .At(11, new ServingEvent.ModelLoaded(new(0), new("a")))
            .At(20, new Decision.Unload(new(0), new("a"), "idle"))
            .At(20.5, new ServingEvent.ModelUnloaded(new(0), new("a")))
            .At(30, new Decision.Load(new(0), new("a"), "first-job"))
            .At(35, new ServingEvent.ModelLoaded(new(0), new("a")))
            .At(40, new Decision.Load(new(0), new("a"), "ping"))
            .At(41, new ServingEvent.LoadFailed(new(0), new("a"), "boom"));

        Assert.Equal(new Spans(2, Duration.FromSeconds(7)), told.Counters.Loads);
        Assert.Equal(new Spans(1, Duration.FromSeconds(1)), told.Counters.Pings);
        Assert.Equal(new Spans(1, Duration.FromSeconds(0.5)), told.Counters.Unloads);
        Assert.Equal(1, told.Counters.LoadFailures);
        Assert.Equal([(0.0, 1.0, 1.0, 3.0), (null, null, 30.0, 35.0)], told.Counters.ColdStarts.Select(cold => (cold.Provisioned?.Seconds, cold.Ready?.Seconds, cold.Load.Seconds, cold.Loaded.Seconds)));
    }

    [Fact]
    public void The_first_call_costs_what_it_took_beyond_the_median_of_those_like_it()
    {
        var told = new Told().Warm(0).Arrived(3, [.. Enumerable.Range(0, 8)]);
        told.Start(4, 0, [0]).At(5, new ServingEvent.BatchFailed(new(0), new(0), "error", ""), new Decision.Retry(new(0), 2, Instant.FromSeconds(5), "error"));
        Assert.Null(Assert.Single(told.Counters.ColdStarts).FirstStart);

        told.Start(10, 1, [0]).Done(15, 1, [0]);
        Assert.Equal((10.0, 15.0, null), FirstOf(told));

        told.Start(20, 2, [1, 2]).Done(29, 2, [1, 2]);
        Assert.Equal((10.0, 15.0, null), FirstOf(told));

        told.Start(30, 3, [3]).Done(32, 3, [3]).Start(40, 4, [4]).Done(43, 4, [4]).Start(50, 5, [5]).Done(58, 5, [5]);
        Assert.Equal((10.0, 15.0, 2.0), FirstOf(told));
    }

    [Fact]
    public void Only_the_latest_cold_starts_are_kept()
    {
        var told = new Told();
        for (var i = 0; i < 1_050; i++)
        {
            told.Warm(10 * i, i).At((10 * i) + 9, new ServingEvent.ReplicaLost(new(i), "released"));
        }

        Assert.Equal((1_000, 50, 1_049), (told.Counters.ColdStarts.Count, told.Counters.ColdStarts[0].Replica.Value, told.Counters.ColdStarts[^1].Replica.Value));
        Assert.Equal((1_050, 1_050), (told.Counters.Loads.Count, told.Counters.ReplicasLost));
    }

    [Fact]
    public void Checks_are_timed_and_a_refused_clip_keeps_its_gpu_time()
    {
        var told = new Told(new ServingOptions { Safety = new() { Before = new() { Limit = Duration.FromSeconds(2) }, After = new() } }).Warm(0).Arrived(4, 0, 1, 2)
            .At(4, new Decision.Check(new(0), SafetyPhase.Before, "before"), new Decision.Check(new(1), SafetyPhase.Before, "before"), new Decision.Check(new(2), SafetyPhase.Before, "before"))
            .At(4.5, new ServingEvent.SafetyChecked(new(0), SafetyPhase.Before, true, ""))
            .At(5, new ServingEvent.SafetyChecked(new(1), SafetyPhase.Before, false, "word"), new Decision.Reject(new(1), "content-before", "word"))
            .Start(9, 0, [0, 2])
            .At(19, new ServingEvent.BatchDone(new(0), new(0)), new Decision.Check(new(0), SafetyPhase.After, "after"), new Decision.Finish(new(2), "done"))
            .At(19.25, new ServingEvent.SafetyChecked(new(0), SafetyPhase.After, false, "blank"), new Decision.Reject(new(0), "content-after", "blank"));

        var (before, after) = (told.Counters.Before, told.Counters.After);
        Assert.Equal((new Spans(2, Duration.FromSeconds(1.5)), 1, Duration.Zero), (before.Answered, before.Refused, before.RefusedGpu));
        // The third was let on without an answer: it had waited for its limit, the rest was the queue's.
        Assert.Equal(new Spans(1, Duration.FromSeconds(2)), before.Unanswered);
        Assert.Equal((new Spans(1, Duration.FromSeconds(0.25)), 1, Duration.FromSeconds(5)), (after.Answered, after.Refused, after.RefusedGpu));
    }

    [Fact]
    public void Fairness_counts_tenants_that_got_nothing_and_divides_by_weight()
    {
        var told = new Told(new ServingOptions { Fairness = new() { ByTenant = true, Weights = new SortedDictionary<string, double> { ["t1"] = 3 } } }).Warm(0).Arrived(4, 0, 1);
        Assert.Null(told.Counters.Tenants.JainIndex);

        told.Start(5, 0, [1]).Done(11, 0, [1]);
        Assert.Equal(0.5, told.Counters.Tenants.JainIndex);

        told.Start(11, 1, [0]).Done(13, 1, [0]);
        Assert.Equal(1.0, told.Counters.Tenants.JainIndex!.Value, 12);
    }

    [Fact]
    public void Time_of_a_job_whose_client_left_while_it_ran_is_its_tenants()
    {
        var told = new Told().Warm(0).Arrived(4, 0).Start(5, 0, [0])
            .At(6, new ServingEvent.Cancelled(new(0)), new Decision.Cancel(new(0), new(0), new(0), "cancelled"), new Decision.Drop(new(0), "cancelled"))
            .At(7, new ServingEvent.BatchFailed(new(0), new(0), "cancelled", ""));

        Assert.Equal(Duration.FromSeconds(2), Assert.Single(told.Counters.Tenants.Top(9)).Gpu);
        Assert.Equal(0, told.Counters.Open);
    }

    [Fact]
    public void A_journal_gives_the_same_counts_as_the_run()
    {
        var header = new JournalHeader { Serving = new ServingOptions { Batching = new() { MaxBatch = 4 } }, Autoscaler = new(), Seed = 1, EpochNs = 0 };
        var live = new ServingCounters(header.Serving);
        var stream = new MemoryStream();
        var writer = new JournalWriter(stream, header);
        new RandomServing(
            new Seed(5),
            (now, e) =>
            {
                writer.Write(now, e);
                live.Add(now, e);
            },
            (now, d) =>
            {
                writer.Write(now, d);
                live.Add(now, d);
            }).Play(2_000);

        using var reader = JournalReader.Open(new MemoryStream(stream.ToArray()), "decisions.jsonl");
        var read = ServingCounters.OfJournal(reader);

        Assert.Equal(Summary(live), Summary(read));
        Assert.True(live.Retried.Total > 20 && live.After.Refused > 5 && live.Pings.Count > 5, Summary(live));
    }

    [Fact]
    public void Whatever_happens_every_replica_second_is_booked_once_and_belongs_to_a_tenant()
    {
        for (var number = 0; number < 60; number++)
        {
            var seed = new Seed(77).Derive(number);
            var told = new Told();
            var random = new RandomServing(seed, (now, e) => told.At(now.Seconds, e), (now, d) => told.At(now.Seconds, d));
            random.Play(500);

            var usages = told.Account.Close(random.Now);
            foreach (var usage in usages)
            {
                Assert.True(usage.Idle >= Duration.Zero && usage.Wasted <= usage.Busy, $"seed {seed.Value}: {usage}");
            }

            // Work under way at the end is booked to its replica already, to its jobs when it ends.
            var open = usages.Sum(usage => usage.Busy.Nanoseconds) - told.Counters.Tenants.Top(9).Sum(share => share.Gpu.Nanoseconds);
            Assert.True(random.Running > 0 ? open >= 0 : open == 0, $"seed {seed.Value}: {open} ns belong to nobody");
            Assert.Equal(told.Counters.Gpu.Nanoseconds, told.Counters.Tenants.Top(9).Sum(share => share.Gpu.Nanoseconds));
            Assert.Equal(told.Counters.WastedGpu.Nanoseconds, usages.Sum(usage => usage.Wasted.Nanoseconds));
            Assert.Equal(
                (seed.Value, random.Admitted, random.Retried, random.Failed, random.DeadLetters, random.Rejected, random.Pings, random.Loads, random.Batches),
                (seed.Value, (int)told.Counters.Admitted.Total, (int)told.Counters.Retried.Total, (int)told.Counters.Failed.Total, (int)told.Counters.DeadLetters.Total,
                    (int)told.Counters.Rejected.Total, (int)told.Counters.Pings.Count, (int)told.Counters.Loads.Count, (int)told.Counters.Batches.Batches));
            Assert.InRange(told.Counters.Open, random.Open, random.Open + random.Running);
        }
    }

    private static (double?, double?, double?) FirstOf(Told told)
    {
        var cold = Assert.Single(told.Counters.ColdStarts);
        return (cold.FirstStart?.Seconds, cold.FirstEnd?.Seconds, cold.FirstCallPenalty?.Seconds);
    }

    private static IEnumerable<string> Lines(ReasonCounts counts) => counts.Select(pair => $"{pair.Key}={pair.Value}");

    private static string Summary(ServingCounters counters) => string.Join(
        '\n',
        [
            .. Lines(counters.Admitted), .. Lines(counters.Retried), .. Lines(counters.Rejected), .. Lines(counters.Failed),
            $"{counters.Loads} {counters.Pings} {counters.Unloads} {counters.Before.Answered} {counters.After.RefusedGpu} {counters.Tenants.JainIndex} {counters.BatchFill}",
            .. counters.ColdStarts.Select(cold => cold.ToString()),
        ]);
}
