using LoadLab.Core;

namespace LoadLab.Sensors;

/// <summary>
/// Places the driver's microsecond timestamps on the run's clock. They are documented as the CPU's time; in practice microseconds of the wall clock.
/// A driver that counts from elsewhere is anchored once: its newest sample at first sight is taken as now, which errs by at most one refresh period.
/// </summary>
internal sealed class DriverClock
{
    private const long NearWallClock = 3_600_000_000;
    private const long ClockStep = 100_000_000;
    private long? _wallOffset;
    private long? _anchor;

    /// <param name="now">The run's clock, read shortly before the wall clock.</param>
    /// <param name="unixMicroseconds">The wall clock.</param>
    /// <param name="stamp">The driver's time; the newest of a batch first, when it is the first call.</param>
    public Instant Place(Instant now, long unixMicroseconds, ulong stamp)
    {
        var time = (long)Math.Min(stamp, long.MaxValue / 4000);
        if (_anchor is null && Math.Abs(time - unixMicroseconds) <= NearWallClock)
        {
            return new Instant((time * 1000) + WallOffset(now.Nanoseconds - (unixMicroseconds * 1000)));
        }

        _anchor ??= (now.Nanoseconds / 1000) - time;
        return new Instant((time + _anchor.Value) * 1000);
    }

    /// <summary>The largest difference seen is the one with the least delay between reading the two clocks; a step of the wall clock starts it anew.</summary>
    private long WallOffset(long seen)
    {
        _wallOffset = _wallOffset is { } known && Math.Abs(seen - known) < ClockStep ? Math.Max(known, seen) : seen;
        return _wallOffset.Value;
    }

    /// <summary>Microseconds since 1970, as gettimeofday counts.</summary>
    public static long UnixMicroseconds() => (DateTime.UtcNow - DateTime.UnixEpoch).Ticks / 10;
}
