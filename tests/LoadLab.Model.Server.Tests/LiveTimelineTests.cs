using System.Collections.Concurrent;
using LoadLab.Core;
using LoadLab.Model.Server.Timeline;
using LoadLab.Serving;

namespace LoadLab.Model.Server.Tests;

public sealed class LiveTimelineTests : IDisposable
{
    private readonly LiveTimeline _timeline = new(MonotonicClock.StartNow());
    private readonly BlockingCollection<(Instant At, Instant Now, ServingEvent Event)> _seen = [];

    public void Dispose()
    {
        _timeline.Dispose();
        _seen.Dispose();
    }

    [Fact]
    public void Events_of_many_threads_are_handled_in_order_of_instant()
    {
        Start();

        Parallel.For(0, 8, thread =>
        {
            for (var i = 0; i < 200; i++)
            {
                _timeline.Post(Number((1000 * thread) + i));
            }
        });
        var seen = Take(1600);

        Assert.Equal(seen.Select(entry => entry.At).Order(), seen.Select(entry => entry.At));
        foreach (var thread in seen.Select(entry => ((ServingEvent.Cancelled)entry.Event).Job.Value).GroupBy(value => value / 1000))
        {
            Assert.Equal(thread.Order(), thread);
        }
    }

    [Fact]
    public void Now_is_the_stamp_of_the_event_and_stays_while_it_is_handled()
    {
        var nows = new BlockingCollection<(Instant At, Instant First, Instant Second)>();
        _timeline.Start((at, _) =>
        {
            var first = _timeline.Now;
            Thread.Sleep(2);
            nows.Add((at, first, _timeline.Now));
        });

        _timeline.Post(Number(1));
        var (at, first, second) = nows.Take();

        Assert.Equal(at, first);
        Assert.Equal(at, second);
    }

    [Fact]
    public void A_timer_is_handled_at_the_instant_it_was_set_for_and_not_before()
    {
        var clock = MonotonicClock.StartNow();
        using var timeline = new LiveTimeline(clock);
        var handled = new BlockingCollection<(Instant At, Instant Real)>();
        timeline.Start((at, _) => handled.Add((at, clock.Now)));
        var due = clock.Now + Duration.FromMilliseconds(20);

        timeline.Set(due, Number(1));
        var (at, real) = handled.Take();

        Assert.Equal(due, at);
        Assert.True(real >= due);
    }

    [Fact]
    public void A_timer_that_was_due_comes_before_an_event_posted_after_it()
    {
        var clock = MonotonicClock.StartNow();
        using var timeline = new LiveTimeline(clock);
        var order = new BlockingCollection<string>();
        var due = clock.Now + Duration.FromMilliseconds(1);
        timeline.Set(due, new ServingEvent.TimerFired("early", 1));
        timeline.Set(clock.Now + Duration.FromSeconds(3600), new ServingEvent.TimerFired("never", 2));
        while (clock.Now <= due)
        {
            Thread.Yield();
        }

        timeline.Post(Number(1));
        timeline.Start((_, e) => order.Add(e.GetType().Name));

        Assert.Equal(["TimerFired", "Cancelled"], [order.Take(), order.Take()]);
    }

    [Fact]
    public void A_timer_in_the_past_fires_at_once_and_time_does_not_run_backwards()
    {
        var set = false;
        _timeline.Start((at, e) =>
        {
            _seen.Add((at, _timeline.Now, e));
            if (!set)
            {
                set = true;
                _timeline.Set(Instant.Zero, Number(2));
            }
        });

        _timeline.Post(Number(1));
        var seen = Take(2);

        Assert.Equal(seen[0].At, seen[1].At);
    }

    [Fact]
    public void A_cancelled_timer_does_not_fire()
    {
        var cancelled = _timeline.Set(_timeline.Now + Duration.FromMilliseconds(1), Number(1));
        _timeline.Set(_timeline.Now + Duration.FromMilliseconds(2), Number(2));
        _timeline.Cancel(cancelled);
        Start();

        Assert.Equal(Number(2), Take(1)[0].Event);
    }

    [Fact]
    public void Clients_are_refused_when_too_many_events_wait()
    {
        for (var i = 0; i < LiveTimeline.ClientBound; i++)
        {
            Assert.True(_timeline.TryPost(Number(i)));
        }

        Assert.False(_timeline.TryPost(Number(-1)));
        _timeline.Post(Number(-2));
        Start();
        Assert.Equal(Number(-2), Take(LiveTimeline.ClientBound + 1)[^1].Event);
    }

    [Fact]
    public async Task A_handler_that_throws_ends_the_timeline_with_its_exception()
    {
        _timeline.Start((_, _) => throw new InvalidOperationException("broken"));
        _timeline.Post(Number(1));

        Assert.Equal("broken", (await Assert.ThrowsAsync<InvalidOperationException>(() => _timeline.Completion)).Message);
    }

    [Fact]
    public async Task Stopping_handles_what_was_posted_and_drops_timers()
    {
        _timeline.Set(_timeline.Now + Duration.FromSeconds(3600), Number(9));
        _timeline.Post(Number(1));
        _timeline.Post(Number(2));
        Start();
        _timeline.Dispose();
        await _timeline.Completion;

        Assert.Equal([Number(1), Number(2)], _seen.Select(entry => entry.Event));
    }

    private static ServingEvent Number(long value) => new ServingEvent.Cancelled(new JobId(value));

    private void Start() => _timeline.Start((at, e) => _seen.Add((at, _timeline.Now, e)));

    private List<(Instant At, Instant Now, ServingEvent Event)> Take(int count) => [.. Enumerable.Range(0, count).Select(_ => _seen.Take())];
}
