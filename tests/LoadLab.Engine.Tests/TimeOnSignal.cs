namespace LoadLab.Engine.Tests;

/// <summary>
/// The system's time, but for long timers: one of an hour or more waits for the test to say that its time is over. So a limit falls when the service has come to the point that a test is
/// about, and not when a loaded machine has taken too long to get there.
/// </summary>
internal sealed class TimeOnSignal : TimeProvider
{
    private static readonly TimeSpan s_long = TimeSpan.FromHours(1);
    private readonly Lock _gate = new();
    private readonly List<ITimer> _waiting = [];
    private bool _over;

    /// <summary>The time of every long timer is over, of those to come as well.</summary>
    public void Pass()
    {
        List<ITimer> due;
        lock (_gate)
        {
            _over = true;
            due = [.. _waiting];
            _waiting.Clear();
        }

        due.ForEach(timer => timer.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan));
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime < s_long)
        {
            return base.CreateTimer(callback, state, dueTime, period);
        }

        var timer = base.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, period);
        lock (_gate)
        {
            if (!_over)
            {
                _waiting.Add(timer);
                return timer;
            }
        }

        timer.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        return timer;
    }
}
