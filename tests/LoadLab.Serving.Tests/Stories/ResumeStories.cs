using LoadLab.Core;
using LoadLab.Serving.Batching;
using LoadLab.Serving.Preemption;
using LoadLab.Serving.Recovery;

namespace LoadLab.Serving.Tests.Stories;

/// <summary>Work that stops and goes on: checkpoints, reclaimed replicas, repairs, tiers that preempt.</summary>
public class ResumeStories
{
    private static readonly ServingOptions s_tiers = RuleStory.Serving with
    {
        Tiers = [new() { Name = "vip", Priority = 0 }, new() { Name = "free", Priority = 1 }],
        Preemption = new PreemptionOptions { On = true },
    };

    private static readonly ServingOptions s_two = RuleStory.Serving with { Batching = new() { Kind = BatchingKind.Window, Window = Duration.Zero, MaxBatch = 2 } };

    [Fact]
    public void Reclaimed_job_goes_on_from_its_last_checkpoint_and_spends_no_retry()
    {
        using var story = new Story().Warm();
        story.Job(1, 0);
        Kept(story, 2, 0, 0, 3);
        Kept(story, 3, 0, 0, 5);
        Assert.Equal(["requeue 0 from 5: reclaimed", "provision r1: replace"], story.Lost(4, 0, "reclaimed"));
        story.Join(5, 1, preload: false);
        Assert.Equal(["start r1 b1 from 5 [0]"], story.Loaded(6, 1));
        Assert.Equal(["finish 0"], story.Done(7, 1, 1));
        Assert.True(story.Replay().Identical);
    }

    [Fact]
    public void Reclaimed_job_without_a_checkpoint_starts_again()
    {
        using var story = new Story().Warm();
        story.Job(1, 0);
        Assert.Equal("requeue 0 from 0: reclaimed", story.Lost(4, 0, "reclaimed")[0]);
        story.Join(5, 1, preload: false);
        Assert.Equal(["start r1 b1 [0]"], story.Loaded(6, 1));
    }

    [Fact]
    public void Replica_with_a_notice_is_released_and_replaced_at_once()
    {
        using var story = new Story().Warm();
        story.Job(1, 0);
        story.Job(1, 1);
        Assert.Equal(["release r0: reclaim-notice", "provision r1: reclaim-notice"], story.At(2, new ServingEvent.ReclaimNotice(new(0), Instant.FromSeconds(122))));
        Assert.Empty(story.At(2, new ServingEvent.ReclaimNotice(new(0), Instant.FromSeconds(122))));
        Assert.Equal(["finish 0"], story.Done(3, 0, 0));
        story.Join(4, 1, preload: false);
        Assert.Equal(["start r1 b1 [1]"], story.Loaded(4, 1));
    }

    [Fact]
    public void Job_lost_by_a_fault_keeps_its_steps_and_pays_with_a_retry()
    {
        using var story = new Story(RuleStory.Serving with { Recovery = new RecoveryOptions { Retries = 1 } }).Warm();
        story.Job(1, 0);
        Kept(story, 2, 0, 0, 4);
        Assert.Equal("retry 0 at 3: replica-lost", story.Lost(3, 0, "fault")[0]);
        story.Join(4, 1, preload: false);
        Assert.Equal(["start r1 b1 from 4 [0]"], story.Loaded(4, 1));
        Assert.Equal("fail 0: replica-lost", story.Lost(5, 1, "fault")[0]);
    }

    [Fact]
    public void Job_that_fails_by_itself_starts_again()
    {
        using var story = new Story(RuleStory.Serving with { Recovery = new RecoveryOptions { Retries = 1, Backoff = Duration.FromSeconds(1), Jitter = 0 } }).Warm();
        story.Job(1, 0);
        Kept(story, 2, 0, 0, 4);
        story.At(3, new ServingEvent.BatchFailed(new(0), new(0), "error", ""));
        Assert.Equal(["start r0 b1 [0]"], story.Tick(4, 1, "retry"));
    }

    [Fact]
    public void Batch_goes_on_as_itself_and_takes_no_job_that_begins()
    {
        using var story = new Story(s_two).Warm();
        story.Job(0, 9);
        story.Job(1, 0);
        story.Job(1, 1);
        Assert.Equal(["finish 9", "start r0 b1 [0,1]"], story.Done(1, 0, 0));
        story.Job(2, 2);
        Kept(story, 2, 0, 1, 6);
        Assert.Equal(["requeue 0 from 6: reclaimed", "requeue 1 from 6: reclaimed", "provision r1: replace"], story.Lost(4, 0, "reclaimed"));
        story.Join(5, 1, preload: false);
        Assert.Equal(["start r1 b2 from 6 [0,1]"], story.Loaded(6, 1));
        Assert.Equal(["finish 0", "finish 1", "start r1 b3 [2]"], story.Done(7, 1, 2));
    }

    [Fact]
    public void Checkpoint_that_cannot_be_is_not_believed()
    {
        using var story = new Story().Warm();
        story.Job(1, 0);
        Kept(story, 2, 0, 0, 4);
        Kept(story, 2, 0, 0, 9);
        Kept(story, 2, 0, 0, 2);
        Kept(story, 2, 0, 7, 8);
        Kept(story, 2, 5, 0, 8);
        Assert.Equal("requeue 0 from 4: reclaimed", story.Lost(4, 0, "reclaimed")[0]);
    }

    [Fact]
    public void Replica_under_repair_gets_no_work_and_keeps_its_batch()
    {
        using var story = new Story().Warm();
        story.At(1, new ServingEvent.ReplicaDown(new(0)));
        Assert.Equal(["admit 0"], story.Job(2, 0));
        Assert.Equal(["start r0 b0 [0]"], story.At(3, new ServingEvent.ReplicaRepaired(new(0))));
        Assert.Empty(story.At(4, new ServingEvent.ReplicaDown(new(0))));
        Assert.Empty(story.At(5, new ServingEvent.ReplicaRepaired(new(0))));
        Assert.Equal(["finish 0"], story.Done(6, 0, 0));
    }

    [Fact]
    public void Vip_takes_the_replica_and_the_free_job_goes_on_where_it_was()
    {
        using var story = new Story(s_tiers).Warm();
        story.Ask(0, 0, "free");
        story.Ask(1, 1, "free");
        Assert.Equal(["admit 2", "preempt r0 b0"], story.Ask(2, 2, "vip"));
        Kept(story, 3, 0, 0, 2);
        Assert.Equal(["requeue 0 from 2: preempted", "start r0 b1 [2]"], story.At(3, new ServingEvent.BatchFailed(new(0), new(0), "preempted", "")));
        Assert.Equal(["finish 2", "start r0 b2 from 2 [0]"], story.Done(4, 0, 1));
        Assert.Equal(["finish 0", "start r0 b3 [1]"], story.Done(5, 0, 2));
        Assert.True(story.Replay().Identical);
    }

    [Fact]
    public void Preemption_is_asked_once_for_each_replica_that_is_needed()
    {
        using var story = new Story(s_tiers, new() { Replicas = 3 }).Warm(replicas: 3);
        story.Ask(0, 0, "free");
        story.Ask(1, 1, "free");
        story.Ask(2, 2, "vip");
        Assert.Equal(["admit 3", "preempt r1 b1"], story.Ask(3, 3, "vip"));
        Assert.Equal(["admit 4", "preempt r0 b0"], story.Ask(4, 4, "vip"));
        Assert.Equal(["admit 5"], story.Ask(5, 5, "vip"));
        Assert.Equal(["admit 6"], story.Ask(6, 6, "free"));
    }

    [Fact]
    public void Batch_that_ends_before_its_next_step_has_not_given_way()
    {
        using var story = new Story(s_tiers).Warm();
        story.Ask(0, 0, "free");
        story.Ask(1, 1, "vip");
        Assert.Equal(["finish 0", "start r0 b1 [1]"], story.Done(2, 0, 0));
    }

    [Fact]
    public void Job_that_gave_way_as_often_as_it_must_runs_on()
    {
        using var story = new Story(s_tiers with { Preemption = new PreemptionOptions { On = true, Most = 1 } }).Warm();
        story.Ask(0, 0, "free");
        story.Ask(1, 1, "vip");
        story.At(2, new ServingEvent.BatchFailed(new(0), new(0), "preempted", ""));
        story.Done(3, 0, 1);
        Assert.Equal(["admit 2"], story.Ask(4, 2, "vip"));
    }

    [Fact]
    public void Line_that_gathers_for_its_window_makes_nobody_stop_until_it_is_over()
    {
        var serving = s_tiers with { Batching = new() { Kind = BatchingKind.Window, Window = Duration.FromSeconds(5), MaxBatch = 2 } };
        using var story = new Story(serving).Warm();
        story.Ask(0, 0, "free");
        Assert.Equal(["start r0 b0 [0]"], story.Tick(5, 1, "dispatch"));
        Assert.Equal(["admit 1", "timer dispatch 2 at 11: window"], story.Ask(6, 1, "vip"));
        Assert.Equal(["preempt r0 b0"], story.Tick(11, 2, "dispatch"));
    }

    [Fact]
    public void Preempted_job_ends_when_the_server_stops()
    {
        using var story = new Story(s_tiers).Warm();
        story.Ask(0, 0, "free");
        story.Ask(1, 1, "vip");
        story.At(2, new ServingEvent.Shutdown());
        Assert.Equal("fail 0: shutdown", story.At(3, new ServingEvent.BatchFailed(new(0), new(0), "preempted", ""))[0]);
    }

    private static void Kept(Story story, double seconds, int replica, int batch, int step) =>
        Assert.Empty(story.At(seconds, new ServingEvent.Checkpointed(new(replica), new(batch), step)));
}
