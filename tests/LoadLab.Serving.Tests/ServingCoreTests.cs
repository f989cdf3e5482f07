using LoadLab.Core;
using LoadLab.Serving.Autoscaling;

namespace LoadLab.Serving.Tests;

public class ServingCoreTests
{
    private static readonly ServingOptions s_lazy = new() { Model = new(Story.Model), Preload = false };

    [Fact]
    public void Preloaded_replica_runs_jobs_first_come_first_served()
    {
        var story = new Story();
        Assert.Equal(["provision r0: start"], story.At(-5, new ServingEvent.Started()));
        Assert.Empty(story.At(-5, new ServingEvent.ReplicaProvisioned(new(0))));
        Assert.Equal(["load r0 nano: preload"], story.At(-4, new ServingEvent.ReplicaReady(new(0))));
        Assert.Equal(["admit 0"], story.Job(1, 0));
        Assert.Equal(["admit 1"], story.Job(2, 1));
        Assert.Equal(["start r0 b0 [0]"], story.Loaded(3, 0));
        Assert.Equal(["finish 0", "start r0 b1 [1]"], story.Done(5, 0, 0));
        Assert.Equal(["finish 1"], story.Done(7, 0, 1));
    }

    [Fact]
    public void Lazy_replica_loads_for_its_first_job()
    {
        var story = new Story(s_lazy).Warm(preload: false);
        Assert.Equal(["admit 0", "load r0 nano: first-job"], story.Job(1, 0));
        Assert.Equal(["start r0 b0 [0]"], story.Loaded(11, 0));
    }

    [Fact]
    public void Each_waiting_job_has_one_empty_replica_load()
    {
        var story = new Story(s_lazy, new() { Replicas = 3 }).Warm(replicas: 3, preload: false);
        Assert.Equal(["admit 0", "load r0 nano: first-job"], story.Job(1, 0));
        Assert.Equal(["admit 1", "load r1 nano: first-job"], story.Job(1, 1));
        Assert.Equal(["start r1 b0 [0]"], story.Loaded(5, 1));
        Assert.Equal(["start r0 b1 [1]"], story.Loaded(6, 0));
    }

    [Fact]
    public void Job_of_another_model_has_the_replica_unload_first()
    {
        var story = new Story().Warm();
        Assert.Equal(["admit 0", "unload r0 nano"], story.Job(1, 0, "pico"));
        Assert.Equal(["load r0 pico: first-job"], story.At(2, new ServingEvent.ModelUnloaded(new(0), new("nano"))));
        Assert.Equal(["start r0 b0 [0]"], story.Loaded(9, 0, "pico"));
    }

    [Fact]
    public void Full_queue_refuses_with_429()
    {
        var story = new Story(new() { Model = new(Story.Model), QueueLimit = 1 }).Warm();
        Assert.Equal(["admit 0", "start r0 b0 [0]"], story.Job(1, 0));
        Assert.Equal(["admit 1"], story.Job(2, 1));
        Assert.Equal(["refuse 2: 429"], story.Job(3, 2));
        story.Done(4, 0, 0);
        Assert.Equal(["admit 3"], story.Job(5, 3));
    }

    [Fact]
    public void Queue_limit_of_zero_still_uses_a_free_replica()
    {
        var story = new Story(new() { Model = new(Story.Model), QueueLimit = 0 }).Warm();
        Assert.Equal(["admit 0", "start r0 b0 [0]"], story.Job(1, 0));
        Assert.Equal(["refuse 1: 429"], story.Job(2, 1));
    }

    [Fact]
    public void Cancelled_waiting_job_leaves_at_once_and_a_running_one_is_stopped()
    {
        var story = new Story().Warm();
        story.Job(1, 0);
        story.Job(2, 1);
        Assert.Equal(["drop 1"], story.Cancel(3, 1));
        Assert.Equal(["cancel r0 b0 0", "drop 0"], story.Cancel(4, 0));
        Assert.Equal(["admit 2"], story.Job(4.5, 2));
        Assert.Equal(["start r0 b1 [2]"], story.At(5, new ServingEvent.BatchFailed(new(0), new(0), "cancelled", "")));
        Assert.Empty(story.Cancel(6, 0));
    }

    [Fact]
    public void Failed_batch_fails_its_job_and_frees_the_replica()
    {
        var story = new Story().Warm();
        story.Job(1, 0);
        story.Job(2, 1);
        Assert.Equal(["fail 0: out-of-memory", "start r0 b1 [1]"], story.At(3, new ServingEvent.BatchFailed(new(0), new(0), "out-of-memory", "arena is full")));
        Assert.Empty(story.Done(3, 0, 0));
    }

    [Fact]
    public void Failed_load_fails_the_job_it_was_for_and_the_next_job_tries_again()
    {
        var story = new Story(s_lazy).Warm(preload: false);
        story.Job(1, 0);
        story.Job(2, 1);
        Assert.Equal(["fail 0: load-failed", "load r0 nano: first-job"], story.At(3, new ServingEvent.LoadFailed(new(0), new("nano"), "no such file")));
        Assert.Equal(["fail 1: load-failed"], story.At(4, new ServingEvent.LoadFailed(new(0), new("nano"), "no such file")));
        Assert.Equal(["admit 2", "load r0 nano: first-job"], story.Job(5, 2));
    }

    [Fact]
    public void Lost_replica_fails_its_job_and_is_replaced()
    {
        var story = new Story().Warm();
        story.Job(1, 0);
        story.Job(2, 1);
        Assert.Equal(["fail 0: replica-lost", "provision r1: replace"], story.Lost(3, 0));
        Assert.Equal(["start r1 b1 [1]"], story.Join(4, 1));
    }

    [Fact]
    public void Replica_lost_before_it_ever_worked_is_replaced_after_a_second()
    {
        var story = new Story();
        story.At(0, new ServingEvent.Started());
        Assert.Equal(["timer replace 1 at 1.5: replace"], story.Lost(0.5, 0));
        Assert.Equal(["provision r1: replace"], story.Tick(1.5, 1, "replace"));
    }

    [Fact]
    public void Shutdown_fails_what_waits_drains_what_runs_and_refuses_the_rest()
    {
        var story = new Story(autoscaler: new() { Kind = AutoscalerKind.ArticleRule }).Warm();
        story.Job(1, 0);
        story.Job(2, 1);
        Assert.Equal(["untimer autoscale 1", "fail 1: shutdown", "release r0: shutdown"], story.At(3, new ServingEvent.Shutdown()));
        Assert.Equal(["refuse 2: shutdown"], story.Job(4, 2));
        Assert.Equal(["finish 0"], story.Done(5, 0, 0));
        Assert.Empty(story.Lost(5, 0, "released"));
        Assert.Empty(story.Tick(15, 1));
    }

    [Fact]
    public void Time_that_runs_backwards_is_a_broken_host()
    {
        var story = new Story();
        story.At(2, new ServingEvent.Started());
        Assert.Throws<InvalidOperationException>(() => story.Job(1, 0));
    }

    [Fact]
    public void Article_rule_scales_on_busy_share_and_pending_together()
    {
        var story = new Story(autoscaler: new() { Kind = AutoscalerKind.ArticleRule, Min = 1, Max = 2 }).Warm();
        for (var job = 0; job < 6; job++)
        {
            story.Job(0, job);
        }

        // Busy share 1, five waiting: five is not above five.
        Assert.Equal(["timer autoscale 2 at 30: steady"], story.Tick(15, 1));
        story.Job(16, 6);
        Assert.Equal(["provision r1: busy-and-pending", "timer autoscale 3 at 45: busy-and-pending"], story.Tick(30, 2));
        Assert.Equal(["timer autoscale 4 at 60: at-max"], story.Tick(45, 3));
        Assert.Empty(story.Tick(50, 2));
        story.Join(50, 1);
        for (var job = 1; job < 7; job++)
        {
            story.Cancel(52, job);
        }

        story.Done(60, 0, 0);
        story.At(60, new ServingEvent.BatchFailed(new(1), new(1), "cancelled", ""));

        // From 45 to 60: replica 0 was busy for 15 s, replica 1 for 10 of its 10 s. From 60 on nothing runs.
        Assert.Equal(["timer autoscale 5 at 75: steady"], story.Tick(60, 4));
        Assert.Equal(["release r1: idle", "timer autoscale 6 at 90: idle"], story.Tick(75, 5));
        Assert.Equal(["timer autoscale 7 at 105: at-min"], story.Tick(90, 6));
    }

    [Fact]
    public void Cooldown_holds_the_next_change_back()
    {
        var story = new Story(autoscaler: new() { Kind = AutoscalerKind.ArticleRule, Max = 8, Pending = 0, Cooldown = Duration.FromSeconds(40) }).Warm();
        for (var job = 0; job < 6; job++)
        {
            story.Job(0, job);
        }

        Assert.Equal("provision r1: busy-and-pending", story.Tick(15, 1)[0]);
        Assert.Equal(["timer autoscale 3 at 45: cooldown"], story.Tick(30, 2));
        Assert.Equal(["timer autoscale 4 at 60: cooldown"], story.Tick(45, 3));
        Assert.Equal("provision r2: busy-and-pending", story.Tick(60, 4)[0]);
    }

    [Fact]
    public void Scale_down_lets_a_busy_replica_end_its_batch()
    {
        var story = new Story(autoscaler: new() { Kind = AutoscalerKind.ArticleRule, Min = 1, Max = 2, Pending = 0, Low = 0.7 }).Warm();
        story.Job(0, 0);
        story.Job(0, 1);
        Assert.Equal("provision r1: busy-and-pending", story.Tick(15, 1)[0]);
        Assert.Equal(["start r1 b1 [1]"], story.Join(15, 1));
        Assert.Equal(["finish 0"], story.Done(16, 0, 0));

        // From 15 to 30 replica 0 was busy for 1 s and replica 1 for 15 s: 16/30 is below 0.7, and the free one goes first.
        Assert.Equal(["release r0: idle", "timer autoscale 3 at 45: idle"], story.Tick(30, 2));
        Assert.Equal(["admit 2"], story.Job(31, 2));
        Assert.Equal(["finish 1", "start r1 b2 [2]"], story.Done(32, 1, 1));
    }
}
