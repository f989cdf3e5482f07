using System.Globalization;
using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Serving;
using LoadLab.Serving.Journal;
using LoadLab.Serving.Safety;
using LoadLab.Workload;

namespace LoadLab.Cli.Tests;

/// <summary>
/// One scenario for each rule of the serving core, played by the program: the rule's own reason codes in the journal, its effect on the calls, and a replay that is
/// the same byte for byte. What is asserted follows from the rule, not from how fast this machine is.
/// </summary>
public sealed class RuleScenarioTests(Workspace workspace, RuleRuns runs) : IClassFixture<RuleRuns>
{
    public static TheoryData<string> All => [.. RuleRuns.Names, RuleRuns.BatchLine];

    [Theory]
    [MemberData(nameof(All))]
    public void Scenario_says_in_two_lines_what_it_shows_and_where_and_plans_few_calls(string name)
    {
        var lines = File.ReadAllLines(RuleRuns.PathOf(name));
        Assert.All(lines[..3], line => Assert.StartsWith("# ", line, StringComparison.Ordinal));
        Assert.StartsWith("# Look at: ", lines[2], StringComparison.Ordinal);
        Assert.Equal($"name: {name}", lines[3]);
        var schedule = Scenario.Load(RuleRuns.PathOf(name)).Schedule();
        Assert.InRange(schedule.Calls.Count, 2, 500);
        Assert.True(schedule.ClosedUsers is not null || schedule.Length.Seconds is >= 0.5 and <= 8);
    }

    [Fact]
    public void Page_of_the_rules_names_every_scenario()
    {
        var page = File.ReadAllText(Repository.At("docs", "serving", "README.md"));
        Assert.All(RuleRuns.Names, name => Assert.Contains($"| {name} |", page, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Run_accounts_for_every_call_and_replays_byte_for_byte(string name)
    {
        var play = await PlayAsync(name);
        Assert.Equal("completed", play.Manifest.Status);
        Assert.Empty(play.Of(Outcome.Unfinished));
        Assert.Empty(play.Of(Outcome.TimedOut));
        Assert.Empty(play.Decisions<Decision.PolicyFault>());
        var replay = JournalReplay.Verify(play.JournalFile);
        Assert.True(replay.Identical, $"line {replay.FirstDifferenceLine}\n{replay.Expected}\n{replay.Actual}");
        Assert.True(replay.Decisions > 0);

        // A client may give up before its call has reached the server.
        Assert.InRange(play.Events<ServingEvent.Arrived>().Count(), play.Manifest.Planned - play.Of(Outcome.Abandoned).Count, play.Manifest.Planned);
    }

    [Fact]
    public async Task Lazy_loading_makes_the_first_job_wait_for_the_load()
    {
        var play = await CompletedAsync("lazy-loading");
        Assert.All(play.Reasons<Decision.Load>(), reason => Assert.Equal("first-job", reason));
        var first = play.Calls.MinBy(call => call.Queued)!;
        Assert.True(Wait(first) >= 0.1, $"it waited {Wait(first)} s");
    }

    [Fact]
    public async Task Preload_has_the_model_before_the_first_job()
    {
        var play = await CompletedAsync("preload");
        Assert.All(play.Reasons<Decision.Load>(), reason => Assert.Equal("preload", reason));
        var arrived = play.Journal.First(entry => entry.Event is ServingEvent.Arrived).Now;
        Assert.True(play.Journal.First(entry => entry.Event is ServingEvent.ModelLoaded).Now < arrived);
    }

    [Fact]
    public async Task Keep_warm_pings_an_idle_replica()
    {
        var play = await CompletedAsync("keep-warm");
        var starts = play.Timed<Decision.Start>().ToList();
        Assert.Contains(play.Timed<Decision.Load>(), load => load.Decision.Reason == "keep-warm" && load.Now > starts[0].Now && load.Now < starts[^1].Now);
        Assert.Empty(play.Decisions<Decision.Unload>());
    }

    [Fact]
    public async Task Idle_model_is_unloaded_and_loaded_again_for_the_next_job()
    {
        var play = await CompletedAsync("unload-idle");
        var unload = play.Timed<Decision.Unload>().First(unload => unload.Decision.Reason == "idle");
        Assert.Contains(play.Timed<Decision.Load>(), load => load.Decision.Reason == "first-job" && load.Now > unload.Now);
    }

    [Fact]
    public async Task Window_gathers_jobs_of_one_shape()
    {
        var play = await CompletedAsync("batching-window");
        AssertBatched(play, most: 4);

        // Four divide the jobs of neither shape: the last batch of each is not full, whenever its jobs came.
        Assert.All(play.Calls.GroupBy(call => call.Steps), shape => Assert.NotEqual(0, shape.Count() % 4));
        Assert.All(play.Calls.GroupBy(call => call.Batch).Where(batch => batch.Count() < 4), batch => Assert.True(batch.Max(Wait) >= 0.1, $"{batch.Count()} jobs started after {batch.Max(Wait)} s"));
        Assert.Contains("full", play.Reasons<Decision.Start>());
        Assert.Contains("window", play.Reasons<Decision.Start>());
        Assert.All(play.Calls.GroupBy(call => call.Batch), batch => Assert.Single(batch.Select(call => call.Steps).Distinct()));
    }

    [Fact]
    public async Task Triton_takes_preferred_sizes_and_ends_a_batch_at_another_shape()
    {
        var play = await CompletedAsync("batching-triton");
        AssertBatched(play, most: 4);
        Assert.Contains("preferred", play.Reasons<Decision.Start>());
        Assert.Contains("mismatch", play.Reasons<Decision.Start>());
        Assert.All(play.Calls.GroupBy(call => call.Batch), batch => Assert.Single(batch.Select(call => call.Steps).Distinct()));
    }

    [Fact]
    public async Task Free_memory_bounds_the_batch()
    {
        var play = await CompletedAsync("batching-memory");
        AssertBatched(play, most: 2);
        Assert.Contains("memory", play.Reasons<Decision.Start>());
        Assert.NotEmpty(play.Events<ServingEvent.MemoryObserved>());
    }

    [Fact]
    public async Task Vip_goes_first_and_a_free_job_past_its_limit_never_runs()
    {
        var play = await PlayAsync("tiers");
        Assert.Contains("expired", play.Reasons<Decision.Reject>());
        Assert.All(play.Of(Outcome.Rejected), call => Assert.Equal(("free", "expired", null), (call.Tier, call.Reason, call.Started)));
        Assert.True(Latency95(play, "vip") < Latency95(play, "free"));
    }

    [Fact]
    public async Task Vip_takes_the_replica_of_a_free_job_which_goes_on_from_its_step()
    {
        var play = await CompletedAsync("preemption");
        Assert.NotEmpty(play.Decisions<Decision.Preempt>());
        var requeues = play.Decisions<Decision.Requeue>().ToList();
        Assert.NotEmpty(requeues);
        Assert.All(requeues, requeue => Assert.Equal("preempted", requeue.Reason));
        Assert.Equal(requeues.Count, play.Calls.Sum(call => call.Attempts - 1));
        Assert.All(play.Calls.Where(call => call.Attempts > 1), call => Assert.Equal("free", call.Tier));
        Assert.Equal(requeues.Count(requeue => requeue.FromStep > 0), play.Decisions<Decision.Start>().Count(start => start.FromStep > 0));
        Assert.Contains(requeues, requeue => requeue.FromStep > 0);
        Assert.Empty(play.Decisions<Decision.Retry>());
    }

    [Fact]
    public async Task Ageing_lets_an_old_free_job_before_a_young_vip()
    {
        var play = await CompletedAsync("ageing");
        var vips = play.Calls.Where(call => call.Tier == "vip").ToList();
        Assert.Contains(play.Calls, free => free.Tier == "free" && vips.Any(vip => vip.Queued < free.Started && free.Started < vip.Started));
    }

    [Fact]
    public async Task Replica_of_the_vip_tier_runs_no_free_job()
    {
        var play = await CompletedAsync("vip-owned-replicas");
        Assert.Contains(play.Calls, call => call is { Tier: "vip", Replica: 0 });
        Assert.All(play.Calls.Where(call => call.Tier == "free"), call => Assert.NotEqual(0, call.Replica));
        Assert.Equal(2, play.Calls.Where(call => call.Tier == "free").Select(call => call.Replica).Distinct().Count());
    }

    [Fact]
    public async Task Emergency_passes_the_full_queue()
    {
        var play = await PlayAsync("emergency");
        Assert.Contains("429", play.Reasons<Decision.Refuse>());
        Assert.All(play.Calls.Where(call => call.Tier == "ops"), call => Assert.Equal(Outcome.Completed, call.Outcome));
        Assert.All(play.Of(Outcome.Rejected), call => Assert.Equal(("free", "429"), (call.Tier, call.Reason)));
        Assert.Contains("emergency", play.Reasons<Decision.Admit>());
    }

    [Fact]
    public async Task Quotas_bound_a_tenant_until_one_of_its_jobs_or_the_day_ends()
    {
        const double Midnight = 2;
        var play = await PlayAsync("quotas");
        var reasons = play.Reasons<Decision.Refuse>();
        Assert.Contains("quota-concurrent", reasons);
        Assert.Contains("quota-daily", reasons);
        Assert.All(play.Of(Outcome.Rejected), call => Assert.Equal("quota", call.Reason));
        var daily = play.Timed<Decision.Refuse>().First(refusal => refusal.Decision.Reason == "quota-daily");
        Assert.Equal(daily.Now.Seconds < Midnight ? Midnight : Midnight + 48, daily.Now.Seconds + daily.Decision.RetryAfter!.Value.Seconds, 1e-6);
        Assert.All(play.Calls.Where(call => call.Queued is not null).GroupBy(call => (call.Tenant, call.Queued!.Value.Seconds < Midnight)), day => Assert.InRange(day.Count(), 1, 6));
        Assert.Contains(play.Calls, call => call.Queued?.Seconds > Midnight);
    }

    [Fact]
    public async Task Fair_share_serves_the_quiet_tenant_past_the_backlog_of_the_loud_one()
    {
        var play = await CompletedAsync("fair-share");
        var quiet = play.Calls.Where(call => call.Tenant == "quiet").ToList();
        var loud = play.Calls.Where(call => call.Tenant == "loud").ToList();
        Assert.Contains(quiet, call => loud.Any(other => other.Queued < call.Queued && other.Started > call.Started));
        Assert.True(quiet.Average(Wait) < loud.Average(Wait));
    }

    [Fact]
    public async Task Free_tier_waits_for_the_night()
    {
        var play = await CompletedAsync("night-capacity");
        Assert.All(play.Calls.Where(call => call.Tier == "free"), call => Assert.True(call.Started?.Seconds >= 2));
        Assert.Contains(play.Calls, call => call.Tier == "vip" && call.Started?.Seconds < 2);
        Assert.Contains("night", play.Reasons<Decision.SetTimer>());
    }

    [Fact]
    public async Task Job_that_would_wait_too_long_is_refused_at_once()
    {
        var play = await PlayAsync("early-refusal");
        Assert.Contains("overload", play.Reasons<Decision.Refuse>());
        Assert.Contains(play.Of(Outcome.Rejected), call => call is { Reason: "overload", Started: null });
        Assert.NotEmpty(play.Of(Outcome.Completed));
    }

    [Fact]
    public async Task Failed_job_runs_again()
    {
        var play = await CompletedAsync("retries");
        Assert.All(play.Decisions<Decision.Retry>(), retry => Assert.Equal((2, "error"), (retry.Attempt, retry.Reason)));
        Assert.All(play.Timed<Decision.Retry>(), retry => Assert.InRange((retry.Decision.At - retry.Now).Seconds, 0.025, 0.05));
        Assert.Equal(play.Decisions<Decision.Retry>().Count(), play.Calls.Sum(call => call.Attempts - 1));
        Assert.Contains(play.Calls, call => call.Attempts == 2);
    }

    [Fact]
    public async Task Poison_is_split_out_of_its_batch_and_fails_alone()
    {
        var play = await PlayAsync("poison-split");
        var schedule = Scenario.Load(RuleRuns.PathOf("poison-split")).Schedule();
        var poison = schedule.Calls.Where(call => schedule.PromptOf(call).Contains("viaduct", StringComparison.Ordinal)).Select(call => call.Index).ToList();
        Assert.NotEmpty(poison);
        Assert.Equal(poison, play.Of(Outcome.Failed).Select(call => call.Call));
        Assert.Equal(play.Manifest.Planned - poison.Count, play.Of(Outcome.Completed).Count);
        Assert.All(play.Of(Outcome.Failed), call => Assert.Equal((3, 1), (call.Attempts, call.BatchSize)));
        Assert.Contains(play.Of(Outcome.Completed), call => call.Attempts == 2);
        Assert.Contains("alone", play.Reasons<Decision.Start>().Select(reason => reason.Replace("overtakes-", "", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Out_of_memory_halves_the_batch_for_good()
    {
        var play = await CompletedAsync("out-of-memory");
        Assert.All(play.Reasons<Decision.Retry>(), reason => Assert.Equal("out-of-memory", reason));
        Assert.NotEmpty(play.Decisions<Decision.Retry>());
        var learnt = play.Journal.First(entry => entry.Event is ServingEvent.BatchFailed).Now;
        Assert.All(play.Timed<Decision.Start>().Where(start => start.Now >= learnt), start => Assert.InRange(start.Decision.Jobs.Count, 1, 2));
        AssertBatched(play, most: 2);
    }

    [Fact]
    public async Task Replica_that_keeps_failing_is_replaced()
    {
        var play = await CompletedAsync("replica-replacement");
        Assert.Contains("unhealthy", play.Reasons<Decision.Release>());
        Assert.Equal(play.Reasons<Decision.Release>().Count(reason => reason == "unhealthy"), play.Reasons<Decision.Provision>().Count(reason => reason == "unhealthy"));
        Assert.Contains(play.Calls, call => call.Replica > 1);
    }

    [Fact]
    public async Task Breaker_refuses_for_a_while_and_lets_one_batch_try()
    {
        var play = await PlayAsync("breaker");
        Assert.Contains("breaker-open", play.Reasons<Decision.Refuse>());
        Assert.All(play.Decisions<Decision.Refuse>(), refusal => Assert.InRange(refusal.RetryAfter!.Value.Seconds, 0, 0.5));
        var refused = play.Timed<Decision.Refuse>().First().Now;
        Assert.Contains(play.Of(Outcome.Completed), call => call.Started > refused);
        Assert.All(play.Of(Outcome.Rejected), call => Assert.Equal("overload", call.Reason));
    }

    [Fact]
    public async Task Lighter_model_serves_under_overload_and_the_answer_names_it()
    {
        const string Lighter = "wan2.2-ti2v-5b";
        var play = await CompletedAsync("fallback-model");
        var fallbacks = play.Decisions<Decision.Admit>().Where(admit => admit.Serve is not null).ToList();
        Assert.All(fallbacks, admit => Assert.Equal(("fallback-queue", Lighter), (admit.Reason, admit.Serve!.Value.Name)));
        Assert.Equal(fallbacks.Count, play.Calls.Count(call => call.ServedModel == Lighter));
        Assert.All(play.Calls, call => Assert.Equal("wan2.2-t2v-a14b", call.Model));
        Assert.InRange(fallbacks.Count, 1, play.Calls.Count - 1);
    }

    [Fact]
    public async Task Kept_text_encoding_costs_no_text_stage()
    {
        const double TextSeconds = 0.04;
        var play = await CompletedAsync("text-cache");
        var hits = play.Calls.Count(call => (call.TextEnd - call.Started)!.Value.Seconds < TextSeconds);
        Assert.InRange(hits, 1, play.Calls.Count - 1);

        // Each replica encodes each prompt at least once.
        var schedule = Scenario.Load(RuleRuns.PathOf("text-cache")).Schedule();
        var first = play.Calls.OrderBy(call => call.Started).DistinctBy(call => (call.Replica, schedule.PromptOf(schedule.Calls[call.Call])));
        Assert.All(first, call => Assert.True((call.TextEnd - call.Started)!.Value.Seconds >= TextSeconds));
    }

    [Fact]
    public async Task Levels_have_their_own_steps_and_never_share_a_batch()
    {
        var play = await CompletedAsync("levels");
        Assert.Equal([4, 20, 40], play.Calls.Select(call => call.Steps).Distinct().Order());
        Assert.All(play.Calls.GroupBy(call => call.Batch), batch => Assert.Single(batch.Select(call => (call.Steps, call.Width)).Distinct()));
        Assert.All(play.Events<ServingEvent.Arrived>(), arrived => Assert.Equal(arrived.Job.Steps != 4, arrived.Job.Guided));
    }

    [Fact]
    public async Task Least_loaded_placement_wears_all_replicas_alike()
    {
        var play = await CompletedAsync("placement-least-loaded");
        var busy = new Dictionary<ReplicaId, Duration>();
        var started = new Dictionary<ReplicaId, Instant>();
        foreach (var entry in play.Journal)
        {
            switch (entry)
            {
                case { Event: ServingEvent.ModelLoaded loaded }:
                    busy[loaded.Replica] = Duration.Zero;
                    break;
                case { Event: ServingEvent.BatchDone done }:
                    started.Remove(done.Replica, out var since);
                    busy[done.Replica] += entry.Now - since;
                    break;
                case { Decision: Decision.Start start }:
                    Assert.Equal(busy.Where(replica => !started.ContainsKey(replica.Key)).Min(replica => replica.Value), busy[start.Replica]);
                    started[start.Replica] = entry.Now;
                    break;
            }
        }

        Assert.Equal(3, play.Calls.Select(call => call.Replica).Distinct().Count());
    }

    [Fact]
    public async Task Memory_aware_placement_takes_the_replica_with_the_most_free_memory()
    {
        var play = await CompletedAsync("placement-memory");
        var free = new Dictionary<ReplicaId, long>();
        var busy = new HashSet<ReplicaId>();
        var chosen = 0;
        foreach (var entry in play.Journal)
        {
            switch (entry)
            {
                case { Event: ServingEvent.MemoryObserved memory }:
                    free[memory.Replica] = memory.FreeBytes;
                    break;
                case { Event: ServingEvent.BatchDone done }:
                    busy.Remove(done.Replica);
                    break;
                case { Decision: Decision.Start start }:
                    Assert.Equal(free.Where(replica => !busy.Contains(replica.Key)).Max(replica => replica.Value), free[start.Replica]);
                    busy.Add(start.Replica);
                    chosen++;
                    break;
            }
        }

        Assert.True(chosen > 0);
    }

    [Fact]
    public async Task Affine_placement_waits_rather_than_swaps()
    {
        var play = await CompletedAsync("placement-affine");
        Assert.Contains("waits-for-model", play.Reasons<Decision.SetTimer>());
        Assert.InRange(play.Decisions<Decision.Unload>().Count(), 1, 2);
        Assert.Equal(2, play.Calls.Select(call => call.ServedModel).Distinct().Count());
    }

    [Fact]
    public async Task Two_models_share_replicas_by_loading_what_is_asked_for()
    {
        var play = await CompletedAsync("two-models");
        Assert.Contains("other-model", play.Reasons<Decision.Unload>());
        Assert.All(play.Calls, call => Assert.Equal(call.Model, call.ServedModel));
        Assert.Equal(2, play.Decisions<Decision.Load>().Select(load => load.Model).Distinct().Count());
    }

    [Fact]
    public async Task Killed_replica_takes_nothing_but_itself()
    {
        var play = await CompletedAsync("child-replicas");
        Assert.Contains(play.Journal, entry => entry.Event is ServingEvent.ReplicaLost && entry.Now < play.Calls.Max(call => call.Completed));
        Assert.Contains("replica-lost", play.Reasons<Decision.Retry>());
        Assert.Contains("replace", play.Reasons<Decision.Provision>());
        Assert.Contains(play.Calls, call => call.Attempts > 1);
    }

    [Fact]
    public async Task Client_that_gives_up_leaves_its_queue_or_its_batch()
    {
        var play = await PlayAsync("cancellation");
        Assert.Contains(play.Of(Outcome.Abandoned), call => call.Started is null);
        Assert.NotEmpty(play.Decisions<Decision.Drop>());
        Assert.NotEmpty(play.Of(Outcome.Completed));
        Assert.Equal(play.Manifest.Planned, play.Of(Outcome.Abandoned).Count + play.Of(Outcome.Completed).Count);
        var gone = play.Decisions<Decision.Drop>().Select(drop => drop.Job).ToHashSet();
        Assert.DoesNotContain(play.Decisions<Decision.Finish>(), finish => gone.Contains(finish.Job));
        Assert.NotEmpty(play.Decisions<Decision.Cancel>());
    }

    [Fact]
    public async Task Content_is_refused_before_or_after_generation()
    {
        var play = await PlayAsync("content-safety");
        var rejects = play.Reasons<Decision.Reject>();
        Assert.Contains("content-before", rejects);
        Assert.Contains("content-after", rejects);
        Assert.All(play.Of(Outcome.Rejected), call => Assert.Equal("content", call.Reason));
        Assert.Equal(rejects.Count(reason => reason == "content-after"), play.Of(Outcome.Rejected).Count(call => call.Started is not null));
        Assert.Equal(play.Manifest.Planned, play.Of(Outcome.Rejected).Count + play.Of(Outcome.Completed).Count);
        Assert.Contains(play.Decisions<Decision.Check>(), check => check.Phase == SafetyPhase.After);
    }

    [Fact]
    public async Task Stages_of_a_batch_run_on_three_replicas()
    {
        var play = await CompletedAsync("pipeline");
        Assert.All(play.Decisions<Decision.Start>().GroupBy(start => start.Batch), batch =>
        {
            Assert.Equal([Stage.Text, Stage.Denoise, Stage.Decode], batch.Select(start => start.Stage));
            Assert.Equal(3, batch.Select(start => start.Replica).Distinct().Count());
        });
        Assert.All(play.Calls, call => Assert.True(call.TextEnd < call.DenoiseEnd && call.DenoiseEnd < call.DecodeEnd));
    }

    [Fact]
    public async Task Batch_line_serves_a_crowd_through_faults()
    {
        var play = await PlayAsync(RuleRuns.BatchLine);
        Assert.Equal("emulated", play.Manifest.Evidence);
        Assert.Equal(play.Manifest.RealCalls, play.Of(Outcome.Completed).Count(call => call.ServedModel == "wan2.2-ti2v-5b-nano"));
        Assert.InRange(play.Manifest.RealCalls, 1, play.Manifest.Planned);
        Assert.True(play.Calls.Select(call => call.Tenant).Distinct().Count() > 50);
        AssertBatched(play, most: 4);
        var retries = play.Reasons<Decision.Retry>();
        Assert.Contains("error", retries);
        Assert.Contains("replica-lost", retries);
        Assert.All(play.Calls, call => Assert.InRange(call.Attempts, 0, 4));
        var schedule = Scenario.Load(RuleRuns.PathOf(RuleRuns.BatchLine)).Schedule();
        Assert.All(play.Of(Outcome.Failed), call => Assert.Contains("candle", schedule.PromptOf(schedule.Calls[call.Call]), StringComparison.Ordinal));
        Assert.Empty(play.Of(Outcome.Abandoned));
        Assert.True(play.Of(Outcome.Completed).Count > play.Manifest.Planned / 2, string.Create(CultureInfo.InvariantCulture, $"{play.Of(Outcome.Completed).Count} of {play.Manifest.Planned}"));
    }

    private Task<RulePlay> PlayAsync(string name) => runs.Of(name, workspace);

    /// <summary>A play of which every call completed.</summary>
    private async Task<RulePlay> CompletedAsync(string name)
    {
        var play = await PlayAsync(name);
        Assert.Equal(play.Manifest.Planned, play.Of(Outcome.Completed).Count);
        return play;
    }

    /// <summary>Seconds in the queue.</summary>
    private static double Wait(CallRecord call) => (call.Started - call.Queued)!.Value.Seconds;

    /// <summary>Seconds, over all planned calls of a tier; infinite when too few completed.</summary>
    private static double Latency95(RulePlay play, string tier)
    {
        var all = play.Calls.Where(call => call.Tier == tier).Select(call => call.Latency?.Seconds ?? double.PositiveInfinity).Order().ToList();
        return all[(int)Math.Ceiling(0.95 * all.Count) - 1];
    }

    private static void AssertBatched(RulePlay play, int most)
    {
        var sizes = play.Calls.Where(call => call.BatchSize is not null).Select(call => call.BatchSize!.Value).ToList();
        Assert.InRange(sizes.Max(), 2, most);
    }
}
