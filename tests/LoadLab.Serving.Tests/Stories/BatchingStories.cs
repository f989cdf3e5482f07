using LoadLab.Core;
using LoadLab.Serving.Autoscaling;
using LoadLab.Serving.Batching;

namespace LoadLab.Serving.Tests.Stories;

public class BatchingStories
{
    private static readonly ServingOptions s_window = RuleStory.Serving with
    {
        Batching = new() { Kind = BatchingKind.Window, Window = Duration.FromMilliseconds(200), MaxBatch = 4 },
    };

    [Fact]
    public void Job_alone_waits_the_window_and_runs_alone()
    {
        using var story = new Story(s_window).Warm();
        Assert.Equal(["admit 0", "timer dispatch 1 at 0.2: window"], story.Job(0, 0));
        Assert.Equal(["start r0 b0 [0]"], story.Tick(0.2, 1, "dispatch"));
    }

    [Fact]
    public void Compatible_jobs_run_together_as_soon_as_the_batch_is_full()
    {
        using var story = new Story(s_window).Warm();
        story.Job(0, 0);
        story.Job(0.05, 1);
        story.Job(0.05, 2);
        Assert.Equal(["admit 3", "start r0 b0 [0,1,2,3]"], story.Job(0.1, 3));
    }

    [Fact]
    public void Jobs_of_another_shape_wait_for_a_batch_of_their_own_and_overtakers_say_so()
    {
        using var story = new Story(s_window).Warm();
        story.Ask(0, 0, "", frames: 17);
        story.Job(0.1, 1);
        story.Job(0.1, 2);
        story.Job(0.1, 3);
        Assert.Equal(["admit 4", "start r0 b0 [1,2,3,4]"], story.Job(0.15, 4));
        Assert.Equal("overtakes-window", story.Last[^1].Reason);
        Assert.Equal(["finish 1", "finish 2", "finish 3", "finish 4", "start r0 b1 [0]"], story.Done(10, 0, 0));
    }

    [Fact]
    public void Window_counts_while_the_replica_is_busy()
    {
        using var story = new Story(s_window).Warm();
        story.Job(0, 0);
        story.Tick(0.2, 1, "dispatch");
        story.Job(1, 1);
        story.Job(5, 2);
        Assert.Equal(["finish 0", "start r0 b1 [1,2]"], story.Done(6, 0, 0));
    }

    [Fact]
    public void Out_of_memory_halves_the_batch_for_good_and_the_jobs_run_again()
    {
        using var story = new Story(s_window with { Recovery = new() { Retries = 3 } }).Warm();
        for (var job = 0; job < 4; job++)
        {
            story.Job(0, job);
        }

        Assert.Equal(
            ["retry 0 at 1: out-of-memory", "retry 1 at 1: out-of-memory", "retry 2 at 1: out-of-memory", "retry 3 at 1: out-of-memory", "start r0 b1 [0,1]"],
            story.Failed(1, 0, 0, "out-of-memory"));
        Assert.Equal(["finish 0", "finish 1", "start r0 b2 [2,3]"], story.Done(2, 0, 1));
        story.Job(2, 4);
        story.Job(2, 5);
        story.Job(2, 6);
        Assert.Equal(["finish 2", "finish 3", "start r0 b3 [4,5]"], story.Done(3, 0, 2));
    }

    [Fact]
    public void Free_memory_decides_how_many_run_together()
    {
        using var story = new Story(s_window with { Batching = s_window.Batching with { Memory = new() { ReserveBytes = 4L << 30, PerVideoBytes = 20L << 30 } } }).Warm();
        story.At(0, new ServingEvent.MemoryObserved(new(0), 50L << 30));
        story.Job(0, 0);
        Assert.Equal(["admit 1", "start r0 b0 [0,1]"], story.Job(0.1, 1));
    }

    [Fact]
    public void Triton_runs_the_largest_preferred_size_and_a_mismatch_sends_at_once()
    {
        var triton = new BatchingOptions { Kind = BatchingKind.Triton, MaxBatch = 8, Preferred = [2, 6], Delay = Duration.FromSeconds(10) };
        using var story = new Story(RuleStory.Serving with { Batching = triton }).Warm();
        Assert.Equal(["admit 0", "timer dispatch 1 at 10: delay"], story.Job(0, 0));
        Assert.Equal(["admit 1", "start r0 b0 [0]"], story.Ask(1, 1, "", frames: 17));
        Assert.Equal(["finish 0"], story.Done(2, 0, 0)[..1]);
        Assert.Equal(["admit 2", "start r0 b1 [1,2]"], story.Ask(3, 2, "", frames: 17));
    }

    [Fact]
    public void Two_replicas_take_a_batch_each()
    {
        using var story = new Story(s_window with { Batching = s_window.Batching with { MaxBatch = 2 } }, new AutoscalerOptions { Replicas = 2 }).Warm(replicas: 2);
        story.Job(0, 0);
        Assert.Equal(["admit 1", "start r0 b0 [0,1]"], story.Job(0, 1));
        story.Job(0, 2);
        Assert.Equal(["admit 3", "start r1 b1 [2,3]"], story.Job(0, 3));
    }
}
