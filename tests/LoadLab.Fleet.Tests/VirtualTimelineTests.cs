using LoadLab.Core;
using LoadLab.Serving;

namespace LoadLab.Fleet.Tests;

public class VirtualTimelineTests
{
    private readonly VirtualTimeline _timeline = new(Instant.FromSeconds(10));

    [Fact]
    public void Events_of_one_instant_keep_the_order_they_were_set_in()
    {
        for (var number = 0; number < 8; number++)
        {
            _timeline.Set(Instant.FromSeconds(20), Timer(number));
        }

        _timeline.Set(Instant.FromSeconds(15), Timer(99));
        Assert.Equal([99, 0, 1, 2, 3, 4, 5, 6, 7], Enumerable.Range(0, 9).Select(_ => ((ServingEvent.TimerFired)_timeline.Take()!).Number));
        Assert.Equal(20.0, _timeline.Now.Seconds);
        Assert.Null(_timeline.Take());
    }

    [Fact]
    public void Event_set_in_the_past_is_due_now()
    {
        _timeline.Set(Instant.FromSeconds(5), Timer(1));
        Assert.Equal(10.0, _timeline.Next!.Value.Seconds);
    }

    [Fact]
    public void Cancelled_event_never_comes()
    {
        var first = _timeline.Set(Instant.FromSeconds(11), Timer(1));
        _timeline.Set(Instant.FromSeconds(12), Timer(2));
        _timeline.Cancel(first);
        Assert.Equal(12.0, _timeline.Next!.Value.Seconds);
        Assert.Equal(Timer(2), _timeline.Take());
    }

    [Fact]
    public void Clock_goes_neither_back_nor_past_the_next_event()
    {
        _timeline.Set(Instant.FromSeconds(12), Timer(1));
        Assert.Throws<InvalidOperationException>(() => _timeline.MoveTo(Instant.FromSeconds(13)));
        Assert.Throws<InvalidOperationException>(() => _timeline.MoveTo(Instant.FromSeconds(9)));
        _timeline.MoveTo(Instant.FromSeconds(12));
        Assert.Equal(12.0, _timeline.Now.Seconds);
    }

    private static ServingEvent.TimerFired Timer(int number) => new("test", number);
}
