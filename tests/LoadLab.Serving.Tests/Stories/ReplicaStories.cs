using LoadLab.Core;
using LoadLab.Serving.Autoscaling;
using LoadLab.Serving.Batching;
using LoadLab.Serving.Placement;
using LoadLab.Serving.Safety;

namespace LoadLab.Serving.Tests.Stories;

public class ReplicaStories
{
    [Fact]
    public void Idle_replica_is_pinged_and_takes_work_again()
    {
        using var story = new Story(RuleStory.Serving with { Loading = new() { PingEvery = Duration.FromSeconds(60) } });
        story.At(0, new ServingEvent.Started());
        story.Join(0, 0);
        Assert.Equal(["load r0 nano: keep-warm"], story.Tick(60, 1, "idle"));
        Assert.Equal(["admit 0"], story.Job(60.5, 0));
        Assert.Equal(["start r0 b0 [0]"], story.Loaded(61, 0));
        Assert.Equal(["finish 0", "timer idle 2 at 130: keep-warm"], story.Done(70, 0, 0));
    }

    [Fact]
    public void Idle_model_is_unloaded_and_the_next_job_loads_it_again()
    {
        using var story = new Story(RuleStory.Serving with { Loading = new() { UnloadAfter = Duration.FromSeconds(600) } });
        story.At(0, new ServingEvent.Started());
        story.Join(0, 0);
        Assert.Equal(["unload r0 nano"], story.Tick(600, 1, "idle"));
        Assert.Empty(story.At(601, new ServingEvent.ModelUnloaded(new(0), new("nano"))));
        Assert.Equal(["admit 0", "load r0 nano: first-job"], story.Job(700, 0));
    }

    [Fact]
    public void Least_loaded_takes_turns_where_packed_fills_the_first()
    {
        using var story = new Story(RuleStory.Serving with { Placement = new() { Kind = PlacementKind.LeastLoaded } }, new AutoscalerOptions { Replicas = 2 }).Warm(replicas: 2);
        Assert.Equal("start r0 b0 [0]", story.Job(0, 0)[^1]);
        story.Done(5, 0, 0);
        Assert.Equal("start r1 b1 [1]", story.Job(5, 1)[^1]);
        story.Done(6, 1, 1);
        Assert.Equal("start r1 b2 [2]", story.Job(6, 2)[^1]);
    }

    [Fact]
    public void Model_affine_waits_for_the_replica_that_has_the_model()
    {
        var affine = RuleStory.Serving with { Preload = false, Placement = new() { Kind = PlacementKind.ModelAffine, SwapAfter = Duration.FromSeconds(30) } };
        using var story = new Story(affine, new AutoscalerOptions { Replicas = 2 }).Warm(replicas: 2, preload: false);
        story.Ask(0, 0, "", model: "a");
        story.Loaded(1, 0, "a");
        story.Ask(1, 1, "", model: "b");
        story.Loaded(2, 1, "b");
        story.Done(3, 1, 1);
        Assert.Equal(["admit 2", "timer dispatch 1 at 33: waits-for-model"], story.Ask(3, 2, "", model: "a"));
        Assert.Equal(["finish 0", "start r0 b2 [2]"], story.Done(10, 0, 0));
    }

    [Fact]
    public void Group_with_its_own_models_takes_their_jobs_only()
    {
        var groups = RuleStory.Serving with
        {
            Groups =
            [
                new() { Kind = new("emulated"), Models = [new("a14b")], Scaled = true },
                new() { Kind = new("local"), Models = [new("nano")], Replicas = 1 },
            ],
        };
        using var story = new Story(groups);
        Assert.Equal(["provision r0: start", "provision r1: start"], story.At(0, new ServingEvent.Started()));
        story.At(0, new ServingEvent.ReplicaProvisioned(new(0)));
        story.At(0, new ServingEvent.ReplicaProvisioned(new(1)));
        Assert.Equal(["load r0 a14b: preload"], story.At(0, new ServingEvent.ReplicaReady(new(0))));
        Assert.Equal(["load r1 nano: preload"], story.At(0, new ServingEvent.ReplicaReady(new(1))));
        story.Loaded(1, 0, "a14b");
        story.Loaded(1, 1, "nano");
        Assert.Equal("start r1 b0 [0]", story.Job(2, 0)[^1]);
        Assert.Equal(["admit 1"], story.Job(2, 1));
        Assert.Equal(["refuse 2: unknown-model"], story.Ask(2, 2, "", model: "5b"));
    }

    [Fact]
    public void Stages_of_a_pipeline_run_on_their_own_replicas_one_batch_behind_the_other()
    {
        using var story = new Story(RuleStory.Serving with { Pipeline = new() { Text = 1, Denoise = 1, Decode = 1 } }).Warm(replicas: 3);
        Assert.Equal(["admit 0", "start r0 b0 Text [0]"], story.Job(0, 0));
        Assert.Equal(["admit 1"], story.Job(0, 1));
        Assert.Equal(["start r1 b0 Denoise [0]", "start r0 b1 Text [1]"], story.StageDone(1, 0, 0, Stage.Text));
        Assert.Empty(story.StageDone(2, 0, 1, Stage.Text));
        Assert.Equal(["start r2 b0 Decode [0]", "start r1 b1 Denoise [1]"], story.StageDone(10, 1, 0, Stage.Denoise));
        Assert.Empty(story.StageDone(11, 2, 0, Stage.Decode));
        Assert.Equal(["finish 0"], story.Done(11, 2, 0));
        Assert.Equal(["cancel r1 b1 1", "drop 1"], story.Cancel(12, 1));
    }

    [Fact]
    public void Stage_whose_model_never_loads_costs_the_waiting_job_its_attempts_and_then_the_job()
    {
        var recovery = new Serving.Recovery.RecoveryOptions { Retries = 1, Backoff = Duration.FromSeconds(1), Jitter = 0 };
        using var story = new Story(RuleStory.Serving with { Pipeline = new() { Text = 1, Denoise = 1, Decode = 1 }, Recovery = recovery });
        story.At(0, new ServingEvent.Started());
        story.Join(0, 0);
        story.Join(0, 1, preload: false);
        story.Job(0, 0);
        Assert.Empty(story.StageDone(1, 0, 0, Stage.Text));
        Assert.Equal(["retry 0 at 3: load-failed", "timer retry 1 at 3: retry"], story.At(2, new ServingEvent.LoadFailed(new(1), new("nano"), "no such file")));
        Assert.Equal(["start r0 b1 Text [0]"], story.Tick(3, 1, "retry"));
        Assert.Equal(["load r1 nano: preload"], story.StageDone(4, 0, 1, Stage.Text));
        Assert.Equal(["fail 0: load-failed"], story.At(5, new ServingEvent.LoadFailed(new(1), new("nano"), "no such file")));
    }

    [Fact]
    public void Job_given_up_between_two_stages_ends_its_batch_there()
    {
        using var story = new Story(RuleStory.Serving with { Pipeline = new() { Text = 1, Denoise = 1, Decode = 1 } }).Warm(replicas: 3);
        story.Job(0, 0);
        story.Job(0, 1);
        story.StageDone(1, 0, 0, Stage.Text);
        story.StageDone(2, 0, 1, Stage.Text);
        Assert.Equal(["drop 1"], story.Cancel(3, 1));
        Assert.Equal(["start r2 b0 Decode [0]"], story.StageDone(10, 1, 0, Stage.Denoise));
    }

    [Fact]
    public void Prompt_refused_never_waits_and_clip_refused_has_run()
    {
        using var story = new Story(RuleStory.Serving with { Safety = new() { Before = new(), After = new() } }).Warm();
        Assert.Equal(["admit 0", "check 0 Before", "timer safety 1 at 1: safety"], story.Job(0, 0));
        Assert.Equal(["reject 0: content-before"], story.At(0.1, new ServingEvent.SafetyChecked(new(0), SafetyPhase.Before, false, "a word")));
        story.Job(1, 1);
        Assert.Contains("start r0 b0 [1]", story.Allow(1.1, 1));
        Assert.Equal("check 1 After", story.Done(5, 0, 0)[0]);
        Assert.Equal(["reject 1: content-after"], story.At(5.1, new ServingEvent.SafetyChecked(new(1), SafetyPhase.After, false, "a picture")));
    }

    [Fact]
    public void Check_that_takes_too_long_is_decided_by_the_option()
    {
        using var story = new Story(RuleStory.Serving with { Safety = new() { Before = new() { Limit = Duration.FromSeconds(2), TimeoutAllows = true } } }).Warm();
        story.Job(0, 0);
        Assert.Equal(["start r0 b0 [0]"], story.Tick(2, 1, "safety"));
        Assert.Empty(story.At(3, new ServingEvent.SafetyChecked(new(0), SafetyPhase.Before, false, "too late")));
    }

    [Fact]
    public void Policies_that_throw_leave_a_server_that_serves()
    {
        var policies = new ServingPolicies(new Throwing(), new Throwing(), new Throwing());
        using var story = new Story(RuleStory.Serving, policies: policies);
        story.At(0, new ServingEvent.Started());
        story.Join(0, 0);
        Assert.Equal(["admit 0", "fault placement: InvalidOperationException: placement broke", "fault batching: InvalidOperationException: batching broke", "start r0 b0 [0]"], story.Job(0, 0));
        Assert.Equal(["fault autoscaler: InvalidOperationException: scaling broke", "timer autoscale 2 at 20: policy-fault"], story.Tick(10, 1));
        Assert.Equal(["finish 0"], story.Done(11, 0, 0));
    }

    private sealed class Throwing : IBatchPolicy, IPlacementPolicy, IAutoscaler
    {
        public bool LinesByModel => false;

        public int Initial => 1;

        public Duration? Interval => Duration.FromSeconds(10);

        public BatchDecision Decide(Instant now, ReadOnlySpan<LineJob> line, int limit) => throw new InvalidOperationException("batching broke");

        public PlacementDecision Choose(Instant now, ReadOnlySpan<PlacementCandidate> free, PlacementNeed need) => throw new InvalidOperationException("placement broke");

        public ScaleDecision Decide(Instant now, FleetSnapshot fleet) => throw new InvalidOperationException("scaling broke");
    }
}
