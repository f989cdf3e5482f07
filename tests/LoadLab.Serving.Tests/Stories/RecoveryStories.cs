using LoadLab.Core;
using LoadLab.Serving.Autoscaling;
using LoadLab.Serving.Batching;

namespace LoadLab.Serving.Tests.Stories;

public class RecoveryStories
{
    private static readonly ServingOptions s_retries = RuleStory.Serving with { Recovery = new() { Retries = 2, Backoff = Duration.FromSeconds(1), Jitter = 0 } };

    [Fact]
    public void Failed_job_runs_again_after_its_backoff_and_is_a_dead_letter_past_its_budget()
    {
        using var story = new Story(s_retries).Warm();
        story.Job(0, 0);
        Assert.Equal(["retry 0 at 2: error", "timer retry 1 at 2: retry"], story.Failed(1, 0, 0));
        Assert.Equal(["start r0 b1 [0]"], story.Tick(2, 1, "retry"));
        Assert.Equal(["retry 0 at 5: error", "timer retry 2 at 5: retry"], story.Failed(3, 0, 1));
        Assert.Equal(["start r0 b2 [0]"], story.Tick(5, 2, "retry"));
        Assert.Equal(["fail 0: error"], story.Failed(6, 0, 2));
    }

    [Fact]
    public void Poison_job_is_split_out_of_its_batch()
    {
        var batching = new BatchingOptions { Kind = BatchingKind.Window, Window = Duration.FromSeconds(1), MaxBatch = 3 };
        using var story = new Story(s_retries with { Batching = batching }).Warm();
        story.Job(0, 0);
        story.Job(0, 1);
        Assert.Equal("start r0 b0 [0,1,2]", story.Job(0, 2)[^1]);
        story.Failed(1, 0, 0);
        Assert.Equal(["start r0 b1 [0]"], story.Tick(2, 1, "retry"));
        Assert.Equal(["finish 0", "start r0 b2 [1]"], story.Done(3, 0, 1));
        Assert.Equal("start r0 b3 [2]", story.Failed(4, 0, 2)[^1]);
        Assert.Equal(["finish 2"], story.Done(5, 0, 3));
    }

    [Fact]
    public void Job_of_a_killed_replica_runs_on_the_other_at_once()
    {
        using var story = new Story(s_retries, new AutoscalerOptions { Replicas = 2 }).Warm(replicas: 2);
        story.Job(0, 0);
        Assert.Equal(["retry 0 at 1: replica-lost", "provision r2: replace", "start r1 b1 [0]"], story.Lost(1, 0));
    }

    [Fact]
    public void Breaker_opens_refuses_lets_one_batch_try_and_closes()
    {
        using var story = new Story(RuleStory.Serving with { Recovery = new() { BreakerFailures = 2, BreakerOpen = Duration.FromSeconds(30) } }).Warm();
        story.Job(0, 0);
        story.Failed(1, 0, 0);
        story.Job(1, 1);
        story.Failed(2, 0, 1);
        Assert.Equal(["refuse 2: breaker-open"], story.Job(3, 2));
        Assert.Equal(Duration.FromSeconds(29), Assert.IsType<Decision.Refuse>(story.Last[0]).RetryAfter);
        Assert.Equal(["admit 3", "start r0 b2 [3]"], story.Job(33, 3));
        Assert.Equal(["refuse 4: breaker-open"], story.Job(34, 4));
        story.Done(35, 0, 2);
        Assert.Equal(["admit 5", "start r0 b3 [5]"], story.Job(36, 5));
    }

    [Fact]
    public void Lighter_model_serves_under_overload_and_the_answer_names_it()
    {
        using var story = new Story(RuleStory.Serving with { Recovery = new() { FallbackModel = new("pico"), FallbackQueue = 2 } }).Warm();
        story.Job(0, 0);
        story.Job(0, 1);
        story.Job(0, 2);
        Assert.Equal(["admit 3 as pico: fallback-queue"], story.Job(0, 3));
        story.Done(1, 0, 0);
        story.Done(2, 0, 1);
        Assert.Equal(["finish 2", "unload r0 nano"], story.Done(3, 0, 2));
    }

    [Fact]
    public void Replica_that_keeps_failing_is_replaced()
    {
        using var story = new Story(RuleStory.Serving with { Recovery = new() { ReplicaFailures = 2 } }).Warm();
        story.Job(0, 0);
        story.Failed(1, 0, 0);
        story.Job(1, 1);
        Assert.Equal(["release r0: unhealthy", "provision r1: unhealthy", "fail 1: error"], story.Failed(2, 0, 1));
    }

    [Fact]
    public void Cancelled_job_leaves_its_queue_at_once_and_its_batch_by_its_replica()
    {
        var batching = new BatchingOptions { Kind = BatchingKind.Window, MaxBatch = 2 };
        using var story = new Story(RuleStory.Serving with { Batching = batching }).Warm();
        story.Job(0, 0);
        story.Job(0, 1);
        story.Job(1, 2);
        Assert.Equal(["drop 2"], story.Cancel(2, 2));
        Assert.Equal(["cancel r0 b0 0", "drop 0"], story.Cancel(3, 0));
        Assert.Equal(["finish 1"], story.Done(4, 0, 0));
    }
}
