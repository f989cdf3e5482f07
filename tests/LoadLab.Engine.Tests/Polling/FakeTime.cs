using LoadLab.Core;

namespace LoadLab.Engine.Tests.Polling;

/// <summary>Time that passes only from one timer to the next: a heap of timers, ties in the order they were set. For one thread.</summary>
internal sealed class FakeTime : TimeProvider
{
    private readonly PriorityQueue<(Timer Timer, int Version), (long Due, long Sequence)> _timers = new();
    private long _sequence;

    public Instant Now { get; private set; }

    public override long TimestampFrequency => 1_000_000_000;

    public override long GetTimestamp() => Now.Nanoseconds;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddTicks(Now.Nanoseconds / 100);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Fires all timers due by then, each at its time.</summary>
    public void RunUntil(Instant end)
    {
        while (_timers.TryPeek(out var next, out var key) && key.Due <= end.Nanoseconds)
        {
            _timers.Dequeue();
            if (next.Timer.Version == next.Version)
            {
                Now = Instant.Max(Now, new Instant(key.Due));
                next.Timer.Fire();
            }
        }

        Now = Instant.Max(Now, end);
    }

    private sealed class Timer(FakeTime time, TimerCallback callback, object? state) : ITimer
    {
        public int Version { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (period != Timeout.InfiniteTimeSpan && period != TimeSpan.Zero)
            {
                throw new NotSupportedException("periods are not played");
            }

            Version++;
            if (dueTime != Timeout.InfiniteTimeSpan)
            {
                time._timers.Enqueue((this, Version), (time.Now.Nanoseconds + (dueTime.Ticks * 100), time._sequence++));
            }

            return true;
        }

        public void Fire() => callback(state);

        public void Dispose() => Version++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
