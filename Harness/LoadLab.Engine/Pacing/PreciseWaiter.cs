using LoadLab.Core;

namespace LoadLab.Engine.Pacing;

/// <summary>
/// Waits on absolute time of the run's clock with the operating system's best call, then spins the last stretch. For one dedicated thread.
/// </summary>
public sealed class PreciseWaiter : IPacer, IDisposable
{
    /// <summary>The last stretch is spun: a wake-up from sleep costs tens of microseconds.</summary>
    public static readonly Duration Spin = new(50_000);

    /// <summary>A long wait is cut, so that a stop is seen within this time.</summary>
    private static readonly Duration s_slice = new(50_000_000);

    private readonly MonotonicClock _clock;
    private readonly ISleeper _sleeper;

    internal PreciseWaiter(MonotonicClock clock, ISleeper sleeper)
    {
        _clock = clock;
        _sleeper = sleeper;
    }

    /// <summary>Picks the system's best call.</summary>
    public PreciseWaiter(MonotonicClock clock)
        : this(clock, (ISleeper?)LinuxSleeper.TryCreate() ?? (ISleeper?)WindowsSleeper.TryCreate() ?? new PortableSleeper())
    {
    }

    public Instant Now => _clock.Now;

    /// <summary>The system call in use, for the record.</summary>
    public string Mechanism => _sleeper.Name;

    public void WaitUntil(Instant at, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var now = _clock.Now;
            var left = at - now;
            if (left <= Spin)
            {
                SpinUntil(at);
                return;
            }

            var until = left - Spin > s_slice ? now + s_slice : at - Spin;
            _sleeper.SleepUntil(_clock.EpochNanoseconds + until.Nanoseconds);
        }
    }

    public void Dispose() => _sleeper.Dispose();

    private void SpinUntil(Instant at)
    {
        while (_clock.Now < at)
        {
            Thread.SpinWait(10);
        }
    }
}
