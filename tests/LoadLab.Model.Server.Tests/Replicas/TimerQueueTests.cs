using System.Collections.Concurrent;
using LoadLab.Core;
using LoadLab.Model.Server.Emulation;

namespace LoadLab.Model.Server.Tests.Replicas;

public sealed class TimerQueueTests
{
    private const long Millisecond = 1_000_000;

    [Fact]
    public void Actions_run_in_the_order_of_their_instants_and_never_before()
    {
        using var queue = new TimerQueue();
        var seen = new BlockingCollection<(int Number, bool Early)>();
        // All are there before the first is due.
        var start = MonotonicClock.SystemNanoseconds + (2000 * Millisecond);
        foreach (var number in (int[])[3, 1, 2])
        {
            var due = start + (number * Millisecond);
            queue.At(due, () => seen.Add((number, MonotonicClock.SystemNanoseconds < due)));
        }

        queue.Post(() => seen.Add((0, false)));

        Assert.Equal([(0, false), (1, false), (2, false), (3, false)], Enumerable.Range(0, 4).Select(_ => seen.Take()));
        Assert.NotNull(queue.LatenessAt(0.5));
    }

    [Fact]
    public void An_action_that_comes_later_and_is_due_sooner_does_not_wait_for_the_others()
    {
        using var queue = new TimerQueue();
        using var ran = new ManualResetEventSlim();
        queue.At(MonotonicClock.SystemNanoseconds + (3_600_000 * Millisecond), () => throw new InvalidOperationException("an hour early"));

        queue.At(MonotonicClock.SystemNanoseconds + (5 * Millisecond), ran.Set);

        Assert.True(ran.Wait(TimeSpan.FromMinutes(2)));
    }

    [Fact]
    public void A_stopped_queue_runs_nothing_more()
    {
        var ran = false;
        var queue = new TimerQueue();
        queue.At(MonotonicClock.SystemNanoseconds + (3_600_000 * Millisecond), () => ran = true);

        queue.Dispose();

        Assert.False(ran);
        Assert.Null(queue.LatenessAt(0.5));
    }
}
