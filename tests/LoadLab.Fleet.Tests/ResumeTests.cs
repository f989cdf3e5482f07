using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Serving;
using LoadLab.Serving.Autoscaling;
using LoadLab.Serving.Preemption;
using LoadLab.Serving.Priority;
using LoadLab.Serving.Recovery;

namespace LoadLab.Fleet.Tests;

/// <summary>Work that stops and goes on. A batch of one takes 2 s: 0.1 text, 1.6 denoise in 8 steps of 0.2, 0.3 decode.</summary>
public class ResumeTests
{
    [Fact]
    public void Batch_that_goes_on_from_a_step_encodes_no_text_and_decodes_whole()
    {
        var stand = new Stand();
        stand.Loaded().Start(new BatchId(0), Stage.Whole, 6, [new JobId(0)]);
        Assert.Equal(["0.4 Denoise", "0.7 done"], stand.Answers());
        Assert.Contains(stand.Work.Assumptions(new FleetOptions()), sentence => sentence.StartsWith("A batch that goes on from a denoise step", StringComparison.Ordinal));
        stand.Pool.Get(new ReplicaId(0)).Start(new BatchId(1), Stage.Whole, 8, [new JobId(0)]);
        Assert.Equal(["0 Denoise", "0.3 done"], stand.Answers());
    }

    [Fact]
    public void Checkpoints_stand_between_steps_and_take_their_time()
    {
        var stand = new Stand(fleet: Spot(every: 3, takes: 0.5));
        var replica = stand.Loaded();
        stand.Start(replica, 0, Stage.Whole, 0);
        Assert.Equal(["0.1 Text", "1.2 kept 3", "2.3 kept 6", "2.7 Denoise", "3 done"], stand.Answers());
        replica.Start(new BatchId(1), Stage.Whole, 3, [new JobId(0)]);
        Assert.Equal(["1.1 kept 6", "1.5 Denoise", "1.8 done"], stand.Answers());
    }

    [Fact]
    public void Preempted_batch_stops_at_its_next_step_and_keeps_it()
    {
        var stand = new Stand();
        var replica = stand.Loaded();
        stand.Start(replica, 0, Stage.Whole, 0);
        stand.Run(stand.Timeline.Now + Duration.FromSeconds(0.65));
        replica.Preempt(new BatchId(7));
        replica.Preempt(new BatchId(0));
        Assert.Equal(["0.05 kept 3", "0.05 preempted"], stand.Answers());
        Assert.Equal(0, stand.Pool.Busy);
    }

    [Fact]
    public void Batch_preempted_in_its_text_keeps_no_step_and_one_in_its_last_step_runs_to_its_end()
    {
        var stand = new Stand();
        var replica = stand.Loaded();
        stand.Start(replica, 0, Stage.Whole, 0);
        replica.Preempt(new BatchId(0));
        Assert.Equal(["0.1 Text", "0.1 preempted"], stand.Answers());
        stand.Start(replica, 1, Stage.Whole, 0);
        stand.Run(stand.Timeline.Now + Duration.FromSeconds(1.6));
        replica.Preempt(new BatchId(1));
        Assert.Equal(["0.1 Denoise", "0.4 done"], stand.Answers());
    }

    [Fact]
    public void Repaired_replica_resumes_or_restarts_its_batch_and_tells_its_stages_late()
    {
        var resumed = Broken(WorkAfterRepair.Resume).Answers(20);
        Assert.Equal(["down", "repaired"], resumed.Select(answer => answer.Split(' ')[1]).Where(word => word is "down" or "repaired").Take(2));
        Assert.Equal(10, At(resumed, "repaired") - At(resumed, "down"), 6);
        Assert.Equal(12, At(resumed, "done"), 6);
        var restarted = Broken(WorkAfterRepair.Restart).Answers(20);
        Assert.Equal(At(restarted, "down"), At(resumed, "down"));
        Assert.Equal(At(restarted, "repaired") + 2, At(restarted, "done"), 6);
    }

    [Fact]
    public void Notice_brings_a_checkpoint_at_the_last_step_that_leaves_time_for_it()
    {
        // The replica of number 0 gets its notice some time into a long batch: steps of 100 s, a notice of 250 s, 20 s for the checkpoint.
        var spot = new FleetOptions
        {
            Spot = new SpotOptions { MeanTimeToReclaim = Duration.FromSeconds(300), Notice = Duration.FromSeconds(250), Checkpoint = new CheckpointOptions { OnNotice = true, Takes = Duration.FromSeconds(20) } },
        };
        var stand = new Stand(profile: Fixtures.Profile(wholeSeconds: 1000, coldStartSeconds: 0), fleet: spot);
        stand.Start(stand.Loaded(), 0, Stage.Whole, 0);
        var answers = stand.Answers(5000);
        var lost = At(answers, "lost");
        Assert.Equal(250, lost - At(answers, "notice"), 6);
        var kept = answers.Single(answer => answer.Contains("kept", StringComparison.Ordinal));
        var step = int.Parse(kept.Split(' ')[2], System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(50 + (100 * step) + 20, At(answers, "kept"), 6);
        Assert.InRange(lost - At(answers, "kept"), 0, 100);
        Assert.DoesNotContain(answers, answer => answer.EndsWith("done", StringComparison.Ordinal));
    }

    [Fact]
    public void Down_time_is_paid_for_and_every_nanosecond_has_one_use()
    {
        var fleet = new FleetOptions { Faults = new FaultOptions { MeanTimeToFailure = Duration.FromSeconds(20), Then = AfterFault.Repair, Repair = Duration.FromSeconds(5) } };
        var result = Run(Fixtures.Poisson(0.3, 2000, new Seed(3)), fleet);
        var usage = Assert.Single(result.Usage);
        Assert.True(usage.Down.Seconds > 0.1 * usage.Total.Seconds && usage.Idle > Duration.Zero, $"{usage}");
        Assert.Equal(2000 * 2.0, usage.Busy.Seconds, 3);
        Assert.Equal(usage.Total, usage.Busy + usage.Idle + usage.Load + usage.Drain + usage.Down);
        Assert.All(result.Calls, call => Assert.Equal((Outcome.Completed, 1), (call.Outcome, call.Attempts)));
    }

    [Fact]
    public void Reclaimed_calls_are_completed_without_a_retry_and_checkpoints_save_work()
    {
        SimulationResult Play(int every) => Run(
            Fixtures.Poisson(0.005, 500, new Seed(3)),
            new FleetOptions { Spot = new SpotOptions { MeanTimeToReclaim = Duration.FromSeconds(300), Replacement = Duration.FromSeconds(10), Checkpoint = new CheckpointOptions { Every = every, Takes = Duration.FromSeconds(1) } } },
            wholeSeconds: 100, limit: 1000);
        var (scratch, kept) = (Play(0), Play(1));
        Assert.All(scratch.Calls.Concat(kept.Calls), call => Assert.Equal(Outcome.Completed, call.Outcome));
        Assert.True(kept.Calls.Average(call => call.Attempts) > 1.2);
        Assert.True(Sum(kept, usage => usage.Wasted) < 0.4 * Sum(scratch, usage => usage.Wasted));
        Assert.True(Sum(kept, usage => usage.Busy) < Sum(scratch, usage => usage.Busy));

        // Whatever was not wasted went into the calls: 100 s each, and the checkpoints that they took.
        Assert.Equal(50_000, Sum(scratch, usage => usage.Busy) - Sum(scratch, usage => usage.Wasted), 1);
        Assert.InRange(Sum(kept, usage => usage.Busy) - Sum(kept, usage => usage.Wasted), 50_000, 50_000 + (7 * 500));
    }

    [Theory]
    [InlineData(60, 3600, 120, 62.519549, 20_000)]
    [InlineData(300, 1800, 240, 369.975242, 20_000)]
    [InlineData(600, 600, 60, 1134.066007, 20_000)]
    public void Restart_from_scratch_takes_what_theory_says(double work, double mean, double replacement, double expected, int calls)
    {
        // E[T] = (1/xi + R)(e^(xi D) - 1) of a client that asks again as soon as it is served, so that the replica is never idle; attempts e^(xi D).
        var fleet = new FleetOptions { Spot = new SpotOptions { MeanTimeToReclaim = Duration.FromSeconds(mean), Replacement = Duration.FromSeconds(replacement) } };
        var seed = new Seed(20260105);
        var result = Run(Closed(calls, seed), fleet, work, limit: calls);
        Assert.Equal(calls, result.Calls.Count(call => call.Outcome == Outcome.Completed));
        Assert.Equal(expected, result.Calls.Max(call => call.Completed!.Value.Seconds) / calls, expected * 0.03);
        Assert.Equal(Math.Exp(work / mean), result.Calls.Average(call => call.Attempts), 0.03 * Math.Exp(work / mean));
    }

    [Fact]
    public void Server_that_breaks_while_busy_and_resumes_waits_as_theory_says()
    {
        // M/D/1, 60 s, lambda 0.01, xi = 1/3600 per busy second, R = 120: E[C] = 62, rho 0.62, Wq 53.736842.
        var faults = new FaultOptions { MeanTimeToFailure = Duration.FromSeconds(3600), WhileBusy = true, Then = AfterFault.Repair, Repair = Duration.FromSeconds(120) };
        var result = Run(Fixtures.Poisson(0.01, 300_000, new Seed(1)), new FleetOptions { Faults = faults }, 60, limit: 100_000);
        Assert.Equal(53.736842, result.Calls.Average(call => (call.Started!.Value - call.Intended).Seconds), 53.736842 * 0.03);
        Assert.Equal(62, result.Calls.Average(call => (call.Completed!.Value - call.Started!.Value).Seconds), 62 * 0.005);
        var usage = Assert.Single(result.Usage);
        Assert.Equal(0.62, (usage.Busy + usage.Down).Seconds / usage.Total.Seconds, 0.62 * 0.02);
        Assert.Equal(300_000 * 60.0, usage.Busy.Seconds, 3);
    }

    [Fact]
    public void Preemptive_resume_tiers_wait_as_theory_says()
    {
        // M/M/1, lambda 0.3 and 0.5: sojourn 1.428571 and 7.142857. A thousand steps a job: the wait for the next one is 0.0005 on average.
        const int Calls = 300_000;
        var seed = new Seed(20260105);
        var tiers = seed.Stream("tiers");
        var calls = Fixtures.Poisson(0.8, Calls, seed).Calls.Select(call => call with { Tier = tiers.NextDouble() < 0.3 / 0.8 ? "vip" : "free", Steps = 1000 }).ToList();
        var profile = Fixtures.Profile(wholeSeconds: 1, coldStartSeconds: 0);
        profile = profile with { Services = [profile.Services[0] with { Steps = 1000, Text = null, Denoise = null, Decode = null }] };
        var serving = new ServingOptions
        {
            Model = new ModelId(Fixtures.Model),
            QueueLimit = Calls,
            Tiers = [new TierOptions { Name = "vip", Priority = 0 }, new TierOptions { Name = "free", Priority = 1 }],
            Preemption = new PreemptionOptions { On = true },
        };
        var result = FleetSimulation.Run(
            Fixtures.Of(calls[^1].Intended.Seconds, calls), profile, new FleetOptions { StartBefore = Duration.FromSeconds(1) }, serving, new AutoscalerOptions(), seed,
            new SimulationOptions { Times = (_, _, draws) => draws.NextExponential() });
        Assert.Equal(1.428571, Sojourn("vip"), 1.428571 * 0.03);
        Assert.Equal(7.142857, Sojourn("free"), 7.142857 * 0.06);
        Assert.Equal(0, result.Usage.Sum(usage => usage.Wasted.Seconds), 6);

        double Sojourn(string tier) => result.Calls.Where(call => call.Tier == tier).Average(call => call.Latency!.Value.Seconds);
    }

    private static FleetOptions Spot(int every, double takes) => new()
    {
        Spot = new SpotOptions { MeanTimeToReclaim = Duration.FromSeconds(1e9), Checkpoint = new CheckpointOptions { Every = every, Takes = Duration.FromSeconds(takes) } },
    };

    private static Stand Broken(WorkAfterRepair work)
    {
        var faults = new FaultOptions { MeanTimeToFailure = Duration.FromSeconds(1), WhileBusy = true, Then = AfterFault.Repair, Work = work, Repair = Duration.FromSeconds(10) };

        // A seed by which the first life of the replica ends within the batch and the second does not.
        var stand = new Stand(fleet: new FleetOptions { Faults = faults }, seed: FirstSeed(faults));
        stand.Start(stand.Loaded(), 0, Stage.Whole, 0);
        return stand;
    }

    private static ulong FirstSeed(FaultOptions options)
    {
        for (ulong seed = 0; ; seed++)
        {
            var faults = new SimulatedFaults(options, new SpotOptions(), Fixtures.Schedule(1, 0), new Seed(seed));
            if (faults.Life(new ReplicaId(0), 0)!.Value.Seconds is > 0.2 and < 1.9 && faults.Life(new ReplicaId(0), 1)!.Value.Seconds > 2)
            {
                return seed;
            }
        }
    }

    private static double At(string[] answers, string word) => double.Parse(answers.First(answer => answer.Contains($" {word}", StringComparison.Ordinal)).Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);

    private static double Sum(SimulationResult result, Func<ReplicaUsage, Duration> use) => result.Usage.Sum(usage => use(usage).Seconds);

    private static Workload.Schedule Closed(int calls, Seed seed) => Workload.Scheduler.Build(
        new Workload.WorkloadOptions
        {
            Name = "closed",
            Seed = seed,
            Length = Duration.FromSeconds(1e9),
            Closed = new Workload.ClosedLoop { Users = 1, Calls = calls, Think = new Workload.ThinkTime.Constant(Duration.Zero) },
        },
        new Workload.TargetDefaults(Fixtures.Model, Fixtures.Shape.Width, Fixtures.Shape.Height, Fixtures.Shape.Frames, Fixtures.Shape.Steps));

    private static SimulationResult Run(Workload.Schedule schedule, FleetOptions fleet, double wholeSeconds = 2, int limit = 1000) => FleetSimulation.Run(
        schedule,
        Fixtures.Profile(wholeSeconds, coldStartSeconds: 0),
        fleet,
        new ServingOptions { Model = new ModelId(Fixtures.Model), QueueLimit = limit, Recovery = new RecoveryOptions { Retries = 0 } },
        new AutoscalerOptions(),
        new Seed(20260105));
}
