using LoadLab.Core;
using LoadLab.Serving.Safety;

namespace LoadLab.Serving.Tests.Metrics;

public class ReplicaUsageAccountTests
{
    [Fact]
    public void A_failed_attempt_is_busy_time_wasted_and_the_retry_is_not()
    {
        var usage = new Told().Warm(0).Arrived(4, 0).Start(4, 0, [0])
            .At(7, new ServingEvent.BatchFailed(new(0), new(0), "error", ""), new Decision.Retry(new(0), 2, Instant.FromSeconds(8), "error"))
            .Start(8, 1, [0]).Done(13, 1, [0]).Usage(20);

        Assert.Equal((8.0, 3.0, 3.0, 9.0), (usage.Busy.Seconds, usage.Wasted.Seconds, usage.Load.Seconds, usage.Idle.Seconds));
    }

    [Fact]
    public void Stages_on_three_replicas_are_each_busy_for_their_own_time()
    {
        var told = new Told().Warm(0, 0).Warm(0, 1).Warm(0, 2).Arrived(4, 0)
            .Start(5, 0, [0], 0, Stage.Text)
            .At(6, new ServingEvent.StageDone(new(0), new(0), Stage.Text))
            .Start(7, 0, [0], 1, Stage.Denoise)
            .At(17, new ServingEvent.StageDone(new(1), new(0), Stage.Denoise))
            .Start(17, 0, [0], 2, Stage.Decode)
            .At(20, new ServingEvent.StageDone(new(2), new(0), Stage.Decode), new ServingEvent.BatchDone(new(2), new(0)), new Decision.Check(new(0), SafetyPhase.After, "after"))
            .At(21, new ServingEvent.SafetyChecked(new(0), SafetyPhase.After, false, "blank"), new Decision.Reject(new(0), "content-after", "blank"));

        Assert.Equal([(1.0, 1.0), (10.0, 10.0), (3.0, 3.0)], Enumerable.Range(0, 3).Select(replica => told.Usage(30, replica)).Select(usage => (usage.Busy.Seconds, usage.Wasted.Seconds)));
    }

    [Fact]
    public void Stages_inside_a_whole_batch_end_nothing()
    {
        var usage = new Told().Warm(0).Arrived(4, 0).Start(5, 0, [0])
            .At(6, new ServingEvent.StageDone(new(0), new(0), Stage.Text)).At(9, new ServingEvent.StageDone(new(0), new(0), Stage.Decode))
            .Done(10, 0, [0]).Usage(12);

        Assert.Equal((5.0, 0.0), (usage.Busy.Seconds, usage.Wasted.Seconds));
    }

    [Fact]
    public void A_ping_is_load_and_not_idle()
    {
        var usage = new Told().Warm(0)
            .At(10, new Decision.Load(new(0), new("a"), "ping"))
            .At(11.5, new ServingEvent.ModelLoaded(new(0), new("a"))).Usage(20);

        Assert.Equal((4.5, 15.5), (usage.Load.Seconds, usage.Idle.Seconds));
    }

    [Fact]
    public void A_lost_replica_was_busy_until_then_and_all_of_it_was_wasted()
    {
        var told = new Told().Warm(0, 0).Warm(0, 1).Arrived(4, 0, 1).Start(5, 0, [0, 1])
            .At(9, new ServingEvent.ReplicaLost(new(0), "killed"), new Decision.Retry(new(0), 2, Instant.FromSeconds(9), "replica-lost"), new Decision.Fail(new(1), "replica-lost", ""))
            .Start(10, 1, [0], 1)
            .At(11, new ServingEvent.BatchDone(new(0), new(0)))
            .At(12, new ServingEvent.ReplicaLost(new(0), "killed"))
            .Done(16, 1, [0], 1);

        var (lost, other) = (told.Usage(20, 0), told.Usage(20, 1));
        Assert.Equal((4.0, 4.0, 9.0), (lost.Busy.Seconds, lost.Wasted.Seconds, lost.Gone.Seconds));
        Assert.Equal((6.0, 0.0), (other.Busy.Seconds, other.Wasted.Seconds));
    }

    [Fact]
    public void One_refused_clip_of_four_wastes_a_quarter_of_its_batch()
    {
        var usage = new Told().Warm(0).Arrived(4, 0, 1, 2, 3).Start(5, 0, [0, 1, 2, 3])
            .At(13, new ServingEvent.BatchDone(new(0), new(0)), new Decision.Finish(new(0), "done"), new Decision.Finish(new(1), "done"), new Decision.Finish(new(2), "done"))
            .At(14, new Decision.Reject(new(3), "content-after", "")).Usage(20);

        Assert.Equal((8.0, 2.0), (usage.Busy.Seconds, usage.Wasted.Seconds));
    }

    [Fact]
    public void A_client_that_leaves_wastes_nothing()
    {
        var usage = new Told().Warm(0).Arrived(4, 0).Start(5, 0, [0])
            .At(6, new ServingEvent.Cancelled(new(0)), new Decision.Drop(new(0), "cancelled"))
            .At(7, new ServingEvent.BatchFailed(new(0), new(0), "cancelled", "")).Usage(8);

        Assert.Equal((2.0, 0.0), (usage.Busy.Seconds, usage.Wasted.Seconds));
    }
}
