using System.Diagnostics;

namespace LoadLab.Core;

/// <summary>
/// The run's clock on this host: the operating system's monotonic clock, counted from the run's epoch. Two processes of one host that are given the same
/// epoch read the same time (on Linux and Windows the Stopwatch counter is system-wide). Only hosts at the edge read it; whatever decides is told the time.
/// </summary>
public sealed class MonotonicClock(long epochNanoseconds)
{
    private static readonly double s_nanosecondsPerTick = 1e9 / Stopwatch.Frequency;

    /// <summary>Epoch on the system's monotonic clock; pass it to a child process.</summary>
    public long EpochNanoseconds { get; } = epochNanoseconds;

    public Instant Now => new(SystemNanoseconds - EpochNanoseconds);

    /// <summary>The system's monotonic clock in nanoseconds.</summary>
    public static long SystemNanoseconds
    {
        get
        {
            var ticks = Stopwatch.GetTimestamp();
            return Stopwatch.Frequency == 1_000_000_000 ? ticks : (long)(ticks * s_nanosecondsPerTick);
        }
    }

    public static MonotonicClock StartNow() => new(SystemNanoseconds);
}
