using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Core.Runs;
using LoadLab.Serving;
using LoadLab.Serving.Caching;
using LoadLab.Serving.Pipelining;
using LoadLab.Serving.Profiles;
using LoadLab.Serving.Recovery;

namespace LoadLab.Fleet.Tests;

public class SimulatedReplicaTests
{
    private static readonly MemoryLaw s_law = new() { FixedBytes = 1000, BytesPerPixel = 100 / Fixtures.Shape.Pixels, Error = 0, Count = 1 };

    [Fact]
    public void Batch_that_the_profile_lacks_takes_as_many_times_a_single_jobs_time_and_says_so()
    {
        var stand = new Stand();
        stand.Start(stand.Loaded(), 0, Stage.Whole, 0, 1, 2, 3);
        Assert.Equal(["0.4 Text", "6.8 Denoise", "8 done"], stand.Answers());
        Assert.StartsWith("A batch of 4 of test-model takes as many times a single job's time", Assert.Single(stand.Work.Assumptions(new FleetOptions())), StringComparison.Ordinal);
    }

    [Fact]
    public void Measured_batch_takes_its_own_time_and_the_shares_of_the_single_job()
    {
        var profile = Fixtures.Profile();
        var stand = new Stand(profile: profile with { Services = [.. profile.Services, profile.Services[0] with { Batch = 2, Whole = new SampledTime { MeanS = 3 }, Text = null, Denoise = null, Decode = null }] });
        stand.Start(stand.Loaded(), 0, Stage.Whole, 0, 1);
        Assert.Equal(["0.15 Text", "2.55 Denoise", "3 done"], stand.Answers());
        Assert.Empty(stand.Work.Assumptions(new FleetOptions()));
    }

    [Fact]
    public void Law_of_a_batch_size_goes_before_the_near_linear_assumption()
    {
        var stand = new Stand(profile: Fixtures.Profile() with { Laws = [new ServiceLaw { Model = Fixtures.Model, Batch = 4, FixedS = 3.5, PerUnitS = 0 }] });
        stand.Start(stand.Loaded(), 0, Stage.Whole, 0, 1, 2, 3);
        Assert.Equal("3.5 done", stand.Answers()[^1]);
    }

    [Fact]
    public void Time_of_a_batch_is_drawn_by_its_first_job_whatever_the_others_are()
    {
        var ends = new HashSet<string>();
        foreach (var others in new[] { new[] { 3, 1, 2 }, [3, 4, 5], [3, 7, 0] })
        {
            var stand = new Stand(profile: Fixtures.Profile(ratios: Fixtures.Exponential(512)));
            stand.Start(stand.Loaded(), 0, Stage.Whole, others);
            ends.Add(stand.Answers()[^1]);
        }

        Assert.Single(ends);
    }

    [Fact]
    public void Stages_of_a_pipeline_run_alone_on_three_replicas()
    {
        var stand = new Stand();
        var (text, denoise, decode) = (stand.Loaded(0), stand.Loaded(1), stand.Loaded(2));
        stand.Start(text, 0, Stage.Text, 0, 1);
        Assert.Equal(["0.2 Text"], stand.Answers(0.2));
        Assert.Equal(0, stand.Pool.Busy);
        stand.Start(denoise, 0, Stage.Denoise, 0, 1);
        stand.Start(text, 1, Stage.Text, 2);
        Assert.Equal(2, stand.Pool.Busy);
        Assert.Equal(["0.1 Text", "3.2 Denoise"], stand.Answers(3.2));
        stand.Start(decode, 0, Stage.Decode, 0, 1);
        Assert.Equal(["0.6 Decode", "0.6 done"], stand.Answers());
        Assert.Equal(0, stand.Pool.Busy);
    }

    [Fact]
    public void Pipeline_needs_a_profile_that_tells_the_stages_apart()
    {
        var profile = Fixtures.Profile();
        var whole = profile with { Services = [profile.Services[0] with { Text = null }] };
        var serving = new ServingOptions { Pipeline = new PipelineOptions { Text = 1, Denoise = 2, Decode = 1 } };
        _ = new Stand(profile: profile, serving: serving);
        var error = Assert.Throws<InputException>(() => new Stand(profile: whole, serving: serving));
        Assert.Contains("160x96, 9 frames, 8 steps is not split into text, denoise and decode", error.Message.Replace("\"", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void Batch_goes_on_without_a_cancelled_job_and_stops_at_the_next_step_when_all_are_cancelled()
    {
        // Two jobs: denoising from 0.2 to 3.4 in 8 steps of 0.4 s.
        var stand = new Stand();
        var replica = stand.Loaded();
        stand.Start(replica, 0, Stage.Whole, 0, 1);
        stand.Run(stand.Timeline.Now + Duration.FromSeconds(1));
        replica.Cancel(new BatchId(0), new JobId(0));
        Assert.Empty(stand.Answers(1.3));
        replica.Cancel(new BatchId(0), new JobId(1));
        Assert.Equal(["0.3 cancelled"], stand.Answers());
        Assert.Contains("A batch takes as long as it would have when a job of it is cancelled.", stand.Work.Assumptions(new FleetOptions()));

        stand.Start(replica, 1, Stage.Whole, 2, 3);
        replica.Cancel(new BatchId(1), new JobId(2));
        replica.Cancel(new BatchId(0), new JobId(3));
        Assert.Equal(["0.2 Text", "3.4 Denoise", "4 done"], stand.Answers());
    }

    [Fact]
    public void Ping_pays_the_first_call_penalty_and_takes_no_time_when_it_is_paid()
    {
        var stand = new Stand(profile: Fixtures.Profile() with { FirstCallPenaltyS = 0.5 });
        var replica = stand.Loaded();
        replica.Load(Stand.Model);
        Assert.Equal(["0.5 loaded"], stand.Answers());
        replica.Load(Stand.Model);
        Assert.Equal(["0 loaded"], stand.Answers());
        stand.Start(replica, 0, Stage.Whole, 0);
        Assert.Equal("2 done", stand.Answers()[^1]);
    }

    [Fact]
    public void First_batch_after_each_load_takes_the_penalty_longer()
    {
        var stand = new Stand(profile: Fixtures.Profile() with { FirstCallPenaltyS = 0.5 });
        var replica = stand.Loaded();
        stand.Start(replica, 0, Stage.Whole, 0);
        Assert.Equal("2.5 done", stand.Answers()[^1]);
        stand.Start(replica, 1, Stage.Whole, 0);
        Assert.Equal("2 done", stand.Answers()[^1]);
        replica.Unload(Stand.Model);
        Assert.Equal(["0 unloaded"], stand.Answers());
        replica.Load(Stand.Model);
        Assert.Equal(["10 loaded"], stand.Answers());
        stand.Start(replica, 2, Stage.Whole, 0);
        Assert.Equal("2.5 done", stand.Answers()[^1]);
    }

    [Fact]
    public void Free_memory_is_told_as_models_come_and_go_and_a_batch_that_does_not_fit_fails_when_denoising_begins()
    {
        // 1000 bytes of weights, 100 a job: three fit into 1350, four do not.
        var stand = new Stand(profile: Fixtures.Profile() with { Memory = s_law }, fleet: new FleetOptions { MemoryBytes = 1350 });
        stand.Pool.Provision(new ReplicaId(0), new ReplicaKind("any"));
        Assert.Equal(["0 provisioned", "0 free 1350", "0 ready"], stand.Answers());
        var replica = stand.Pool.Get(new ReplicaId(0));
        replica.Load(Stand.Model);
        Assert.Equal(["10 free 350", "10 loaded"], stand.Answers());
        stand.Start(replica, 0, Stage.Whole, 0, 1, 2, 3);
        Assert.Equal(["0.4 Text", "0.4 out-of-memory"], stand.Answers());
        stand.Start(replica, 1, Stage.Whole, 0, 1, 2);
        Assert.Equal("6 done", stand.Answers()[^1]);
        replica.Unload(Stand.Model);
        Assert.Equal(["0 free 1350", "0 unloaded"], stand.Answers());
    }

    [Fact]
    public void Model_that_does_not_fit_is_not_loaded()
    {
        var stand = new Stand(profile: Fixtures.Profile() with { Memory = s_law }, fleet: new FleetOptions { MemoryBytes = 999 });
        stand.Provisioned().Load(Stand.Model);
        Assert.Equal(["10 load out-of-memory"], stand.Answers());
    }

    [Fact]
    public void Memory_without_a_law_limits_nothing_and_is_said()
    {
        var fleet = new FleetOptions { MemoryBytes = 1 };
        var stand = new Stand(fleet: fleet);
        stand.Start(stand.Loaded(), 0, Stage.Whole, 0);
        Assert.Equal("2 done", stand.Answers()[^1]);
        Assert.Equal(["Memory limits nothing: the profile has no law for it."], stand.Work.Assumptions(fleet));
    }

    [Fact]
    public void Batch_whose_prompts_are_all_kept_skips_its_text()
    {
        ScheduledCall Of(int index, string prompt) => Fixtures.Call(index, index) with { PromptHash = prompt };
        var stand = new Stand([Of(0, "a"), Of(1, "b"), Of(2, "a"), Of(3, "c"), Of(4, "b")], serving: new ServingOptions { TextCache = new TextCacheOptions { Bytes = 2 * 100, EntryBytes = 100 } });
        var (replica, other) = (stand.Loaded(0), stand.Loaded(1));
        stand.Start(replica, 0, Stage.Whole, 0, 1);
        Assert.Equal(["0.2 Text", "3.4 Denoise", "4 done"], stand.Answers());
        stand.Start(replica, 1, Stage.Whole, 2, 4);
        Assert.Equal(["0 Text", "3.2 Denoise", "3.8 done"], stand.Answers());

        // One that is not kept is encoded, and with it the batch; it takes the place of the least recently used, a.
        stand.Start(replica, 2, Stage.Whole, 3);
        Assert.Equal("2 done", stand.Answers()[^1]);
        stand.Start(replica, 3, Stage.Whole, 4);
        Assert.Equal("1.9 done", stand.Answers()[^1]);
        stand.Start(replica, 4, Stage.Whole, 0);
        Assert.Equal("2 done", stand.Answers()[^1]);

        // Each replica keeps its own, until its model goes.
        stand.Start(other, 5, Stage.Whole, 4);
        Assert.Equal("2 done", stand.Answers()[^1]);
        replica.Unload(Stand.Model);
        replica.Load(Stand.Model);
        _ = stand.Answers();
        stand.Start(replica, 6, Stage.Whole, 0);
        Assert.Equal("2 done", stand.Answers()[^1]);
    }

    [Fact]
    public void Lighter_model_serves_in_its_own_time_and_must_know_the_shape()
    {
        var profile = Fixtures.Profile();
        var both = profile with { Services = [.. profile.Services, profile.Services[0] with { Model = "light", Whole = new SampledTime { MeanS = 0.5 }, Text = null, Denoise = null, Decode = null }] };
        var serving = new ServingOptions { Recovery = new RecoveryOptions { FallbackModel = new ModelId("light") } };
        var stand = new Stand(profile: both, serving: serving);
        var replica = stand.Provisioned();
        replica.Load(new ModelId("light"));
        _ = stand.Answers();
        stand.Work.Serve(new JobId(1), new ModelId("light"));
        stand.Start(replica, 0, Stage.Whole, 1);
        Assert.Equal(["0.5 done"], stand.Answers());
        Assert.Contains("light 160x96, 9 frames, 8 steps", Assert.Throws<InputException>(() => new Stand(serving: serving)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Lost_replica_answers_nothing_more_and_its_replacement_waits_for_the_repair()
    {
        var fleet = new FleetOptions { ProvisionDelay = Duration.FromSeconds(1), Faults = new FaultOptions { MeanTimeToFailure = Duration.FromSeconds(1e-3), Repair = Duration.FromSeconds(600) } };
        var stand = new Stand(profile: Fixtures.Profile(wholeSeconds: 1e6), fleet: fleet);
        stand.Pool.Provision(new ReplicaId(0), new ReplicaKind("any"));
        stand.Run(Instant.FromSeconds(1));
        var replica = stand.Pool.Get(new ReplicaId(0));
        replica.Load(Stand.Model);
        Assert.Equal("lost fault", Assert.Single(stand.Answers(1)).Split(' ', 2)[1]);
        Assert.Equal((0, 0), (stand.Pool.Existing, stand.Pool.Busy));

        // Lost within a hundredth of a second of 1 s, the order comes at 2 s: repaired at 601 s, provisioned 1 s later.
        stand.Pool.Provision(new ReplicaId(1), new ReplicaKind("any"));
        stand.Pool.Provision(new ReplicaId(2), new ReplicaKind("any"));
        var answers = stand.Answers(700).Where(answer => answer.EndsWith("provisioned", StringComparison.Ordinal)).Select(answer => double.Parse(answer.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(1, answers[0]);
        Assert.InRange(answers[1], 600, 600.05);
    }

    [Fact]
    public void Lives_of_replicas_are_exponential_with_the_mean_asked_for()
    {
        var stand = new Stand(fleet: new FleetOptions { Faults = new FaultOptions { MeanTimeToFailure = Duration.FromSeconds(100) } });
        var lives = Enumerable.Range(0, 4000).Select(i => stand.Work.Faults.Life(new ReplicaId(i), 0)!.Value.Seconds).ToList();
        Assert.InRange(lives.Average(), 95, 105);
        Assert.InRange(lives.Count(life => life > 100) / 4000.0, 0.34, 0.40);
    }

    [Fact]
    public void Batches_fail_by_their_share_and_an_attempt_again_has_a_chance_of_its_own()
    {
        var calls = Enumerable.Range(0, 2000).Select(i => Fixtures.Call(i, i)).ToList();
        var stand = new Stand(calls, fleet: new FleetOptions { Faults = new FaultOptions { FailedBatches = 0.2 } });
        bool Fails(int job) => stand.Work.Plan([new JobId(job)], Stage.Whole, 0, false, null).Failure is not null;
        var (first, second) = (calls.Select(call => Fails(call.Index)).ToList(), calls.Select(call => Fails(call.Index)).ToList());
        Assert.InRange(first.Count(fails => fails), 340, 460);
        Assert.InRange(first.Zip(second).Count(pair => pair.First && pair.Second), 50, 115);
        Assert.Null(stand.Work.Plan([new JobId(0)], Stage.Text, 0, false, null).Failure);
    }

    [Fact]
    public void Poisonous_prompt_fails_every_batch_it_is_in_however_often_it_is_tried()
    {
        var calls = Enumerable.Range(0, 1000).Select(i => Fixtures.Call(i, i) with { PromptHash = $"{i:x16}" }).ToList();
        var stand = new Stand(calls, fleet: new FleetOptions { Faults = new FaultOptions { PoisonShare = 0.05 } });
        bool Fails(params long[] jobs) => stand.Work.Plan([.. jobs.Select(job => new JobId(job))], Stage.Whole, 0, false, null).Failure is { Cause: "error" };
        var poison = calls.Select(call => (long)call.Index).Where(job => Fails(job)).ToList();
        Assert.InRange(poison.Count, 30, 75);
        var healthy = Enumerable.Range(0, 1000).Select(job => (long)job).Except(poison).Take(2).ToArray();
        Assert.False(Fails(healthy));
        Assert.All(poison, job => Assert.True(Fails([.. healthy, job]) && Fails(job)));
    }
}
