using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Core.Runs;
using LoadLab.Serving;
using LoadLab.Serving.Autoscaling;
using LoadLab.Serving.Journal;
using LoadLab.Serving.Profiles;
using LoadLab.Workload;

namespace LoadLab.Fleet.Tests;

public class FleetSimulationTests
{
    private static readonly ServingOptions s_serving = new() { Model = new ModelId(Fixtures.Model) };

    [Fact]
    public void Lazy_replica_serves_its_first_call_after_the_cold_start()
    {
        var result = Run(Fixtures.Schedule(60, 5, 30), serving: s_serving with { Preload = false });
        Assert.Equal([17.0, 32.0], result.Calls.Select(call => call.Completed!.Value.Seconds));
        Assert.Equal(15.0, result.Calls[0].Started!.Value.Seconds);
        Assert.Equal([15.1, 16.7, 17.0], [result.Calls[0].TextEnd!.Value.Seconds, result.Calls[0].DenoiseEnd!.Value.Seconds, result.Calls[0].DecodeEnd!.Value.Seconds]);
    }

    [Fact]
    public void Preloaded_replica_is_warm_when_the_fleet_starts_early_enough()
    {
        var result = Run(Fixtures.Schedule(60, 5), fleet: new FleetOptions { StartBefore = Duration.FromSeconds(20) });
        Assert.Equal(7.0, result.Calls[0].Completed!.Value.Seconds);
    }

    [Fact]
    public void Calls_of_one_instant_are_served_in_order_of_index()
    {
        var result = Run(Fixtures.Schedule(60, 20, 20, 20));
        Assert.Equal([20.0, 22.0, 24.0], result.Calls.Select(call => call.Started!.Value.Seconds));
    }

    [Fact]
    public void Queue_limit_refuses_with_429()
    {
        var result = Run(Fixtures.Schedule(60, 20, 20.1, 20.2, 20.3), serving: s_serving with { QueueLimit = 1 });
        Assert.Equal([Outcome.Completed, Outcome.Completed, Outcome.Rejected, Outcome.Rejected], result.Calls.Select(call => call.Outcome));
        Assert.Equal("429", result.Calls[3].Reason);
    }

    [Fact]
    public void Impatient_client_leaves_the_queue_at_once()
    {
        var calls = new[] { Fixtures.Call(0, 20), Fixtures.Call(1, 20.5) with { Patience = Duration.FromSeconds(1) }, Fixtures.Call(2, 20.6) };
        var result = Run(Fixtures.Of(60, calls));
        Assert.Equal((Outcome.Abandoned, 21.5), (result.Calls[1].Outcome, result.Calls[1].Polled!.Value.Seconds));
        Assert.Equal(24.0, result.Calls[2].Completed!.Value.Seconds);
    }

    [Fact]
    public void Cancelled_running_job_frees_its_replica_at_the_next_denoise_step()
    {
        // Denoising runs from 20.1 to 21.7 in 8 steps of 0.2 s; patience ends at 20.8, the step at 20.9.
        var calls = new[] { Fixtures.Call(0, 20) with { Patience = Duration.FromSeconds(0.8) }, Fixtures.Call(1, 20.1) };
        var result = Run(Fixtures.Of(60, calls));
        Assert.Equal(Outcome.Abandoned, result.Calls[0].Outcome);
        Assert.Equal(20.9, result.Calls[1].Started!.Value.Seconds);
        Assert.Equal(0.9 + 2.0, result.Usage[0].Busy.Seconds, 9);
    }

    [Fact]
    public void Article_rule_follows_a_burst_up_and_down()
    {
        // 40 calls of 30 s at once: busy from the first tick on. Every 15 s one replica more up to 4 while more than 5 wait; after the burst one fewer a tick.
        var schedule = Fixtures.Schedule(900, [.. Enumerable.Repeat(60.0, 40)]);
        var result = Run(schedule, Fixtures.Profile(wholeSeconds: 30), autoscaler: new AutoscalerOptions { Kind = AutoscalerKind.ArticleRule, Max = 4 });
        Assert.All(result.Calls, call => Assert.Equal(Outcome.Completed, call.Outcome));
        Assert.Equal([0.0, 75.0, 105.0, 135.0], result.Usage.Select(usage => usage.Provisioned.Seconds));
        Assert.Equal(1, result.Usage.Count(usage => usage.Gone == result.End));
        Assert.Equal([1, 2, 3], result.Usage.Where(usage => usage.Gone != result.End).Select(usage => usage.Replica.Value));
    }

    [Fact]
    public void Two_rules_see_the_same_service_times()
    {
        var schedule = Fixtures.Poisson(0.4, 200, new Seed(3));
        var profile = Fixtures.Profile(ratios: Fixtures.Exponential(512));
        var few = Run(schedule, profile);
        var many = Run(schedule, profile, autoscaler: new AutoscalerOptions { Replicas = 5 });
        Assert.Equal(few.Calls.Select(Service), many.Calls.Select(Service));
        Assert.NotEqual(few.Calls.Select(call => call.Latency), many.Calls.Select(call => call.Latency));

        static long Service(CallRecord call) => (call.Completed!.Value - call.Started!.Value).Nanoseconds;
    }

    [Fact]
    public void Every_planned_call_has_one_outcome_and_every_nanosecond_one_use()
    {
        var seed = new Seed(11);
        var patience = seed.Stream("patience");
        var calls = Fixtures.Poisson(0.9, 3000, seed).Calls.Select(call => call with { Patience = Duration.FromSeconds(20 * patience.NextExponential()) }).ToList();
        var result = Run(
            Fixtures.Of(4000, calls),
            Fixtures.Profile(ratios: Fixtures.Exponential(256)),
            serving: s_serving with { QueueLimit = 8, Preload = false },
            autoscaler: new AutoscalerOptions { Kind = AutoscalerKind.ArticleRule, Pending = 2, Max = 5 },
            fleet: new FleetOptions { ProvisionDelay = Duration.FromSeconds(5), BootDelay = Duration.FromSeconds(3) });
        Assert.Equal(Enumerable.Range(0, 3000), result.Calls.Select(call => call.Call));
        var outcomes = result.Calls.GroupBy(call => call.Outcome).ToDictionary(group => group.Key, group => group.Count());
        Assert.Equal([Outcome.Completed, Outcome.Rejected, Outcome.Abandoned], outcomes.Keys.Order());
        Assert.All(result.Usage, usage =>
        {
            Assert.True(usage.Idle >= Duration.Zero, $"replica {usage.Replica.Value} was used for longer than it was there");
            Assert.Equal(usage.Total, usage.Busy + usage.Idle + usage.Load + usage.Drain + usage.Down);
        });
        Assert.True(result.Usage.Count > 5);
    }

    [Fact]
    public void Journal_of_a_simulated_run_replays_byte_for_byte()
    {
        using var journal = new MemoryStream();
        var result = Run(Fixtures.Poisson(0.8, 500, new Seed(5)), autoscaler: new AutoscalerOptions { Kind = AutoscalerKind.ArticleRule, Pending = 1 }, journal: journal);
        using var reader = JournalReader.Open(new MemoryStream(journal.ToArray()), "decisions.jsonl");
        var replay = JournalReplay.Verify(reader);
        Assert.True(replay.Identical, $"line {replay.FirstDifferenceLine}: {replay.Expected} / {replay.Actual}");
        Assert.Equal((result.Events, 0, false), (replay.Events, replay.Missing, replay.Torn));
        Assert.True(replay.Decisions > 1500);
    }

    [Fact]
    public void Shape_that_the_profile_lacks_is_refused_with_those_it_has()
    {
        var call = Fixtures.Call(0, 1) with { Steps = 50 };
        var error = Assert.Throws<InputException>(() => Run(Fixtures.Of(10, [call])));
        Assert.Contains("160x96, 9 frames, 50 steps", error.Message, StringComparison.Ordinal);
        Assert.Contains("it knows test-model 160x96, 9 frames, 8 steps, batch 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Named_stand_in_serves_a_shape_that_the_profile_lacks()
    {
        var call = Fixtures.Call(0, 20) with { Steps = 50, Model = "other" };
        var standIn = new ShapeStandIn { FromModel = "other", Model = Fixtures.Model, Shape = Fixtures.Shape };
        Assert.Equal(32.0, Run(Fixtures.Of(60, [call]), fleet: new FleetOptions { StandIns = [standIn] }, serving: s_serving with { Preload = false }).Calls[0].Completed!.Value.Seconds);
    }

    [Fact]
    public void Law_gives_a_time_for_any_shape()
    {
        var profile = Fixtures.Profile() with { Services = [], Laws = [new ServiceLaw { Model = Fixtures.Model, FixedS = 1, PerUnitS = 2 / Fixtures.Shape.Units }] };
        Assert.Equal(23.0, Run(Fixtures.Schedule(60, 20), profile).Calls[0].Completed!.Value.Seconds, 6);
    }

    [Fact]
    public void Samples_are_the_exact_state_between_events()
    {
        var result = Run(Fixtures.Schedule(600, 20, 20.5, 21));
        var queue = SamplesFile.Series(result.Samples, "server", "queue.length");
        Assert.Equal(1.0, queue.TimesSeconds[0]);
        Assert.Equal([0.0, 0, 2, 1, 1, 0], queue.Values.Skip(18).Take(6));
        Assert.Equal([0.0, 0, 1, 1], SamplesFile.Series(result.Samples, "server", "busy.share").Values.Skip(18).Take(4));
    }

    private static SimulationResult Run(
        Schedule schedule, ServiceProfile? profile = null, FleetOptions? fleet = null, ServingOptions? serving = null, AutoscalerOptions? autoscaler = null, Stream? journal = null) =>
        FleetSimulation.Run(schedule, profile ?? Fixtures.Profile(), fleet ?? new FleetOptions(), serving ?? s_serving, autoscaler ?? new AutoscalerOptions(), new Seed(42), new SimulationOptions { Journal = journal });
}
