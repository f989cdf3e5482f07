using System.Globalization;

namespace LoadLab.Core;

/// <summary>A point in time: nanoseconds since the start of the run, on the run's monotonic or virtual clock. Never a wall-clock time.</summary>
public readonly record struct Instant(long Nanoseconds) : IComparable<Instant>
{
    public static Instant Zero => default;

    public double Seconds => Nanoseconds / 1e9;

    /// <summary>Rounds to the nearest nanosecond.</summary>
    public static Instant FromSeconds(double seconds) => new(Duration.FromSeconds(seconds).Nanoseconds);

    public int CompareTo(Instant other) => Nanoseconds.CompareTo(other.Nanoseconds);

    public static Instant operator +(Instant at, Duration by) => new(checked(at.Nanoseconds + by.Nanoseconds));

    public static Instant operator -(Instant at, Duration by) => new(checked(at.Nanoseconds - by.Nanoseconds));

    public static Duration operator -(Instant later, Instant earlier) => new(checked(later.Nanoseconds - earlier.Nanoseconds));

    public static bool operator <(Instant a, Instant b) => a.Nanoseconds < b.Nanoseconds;

    public static bool operator >(Instant a, Instant b) => a.Nanoseconds > b.Nanoseconds;

    public static bool operator <=(Instant a, Instant b) => a.Nanoseconds <= b.Nanoseconds;

    public static bool operator >=(Instant a, Instant b) => a.Nanoseconds >= b.Nanoseconds;

    public static Instant Max(Instant a, Instant b) => a > b ? a : b;

    /// <summary>Seconds with exactly nine decimals, as every <c>_s</c> column has them.</summary>
    public override string ToString() => Duration.Format(Nanoseconds);
}

/// <summary>A length of time in nanoseconds; may be negative. Choose it over TimeSpan, whose 100 ns ticks would round recorded times.</summary>
public readonly record struct Duration(long Nanoseconds) : IComparable<Duration>
{
    public static Duration Zero => default;

    public double Seconds => Nanoseconds / 1e9;

    public double Milliseconds => Nanoseconds / 1e6;

    /// <summary>Rounds to the nearest nanosecond. Throws <see cref="OverflowException"/> past +-292 years and for NaN.</summary>
    public static Duration FromSeconds(double seconds) => new(checked((long)Math.Round(seconds * 1e9)));

    public static Duration FromMilliseconds(double milliseconds) => FromSeconds(milliseconds / 1e3);

    public static Duration FromTimeSpan(TimeSpan span) => new(checked(span.Ticks * 100));

    public TimeSpan ToTimeSpan() => TimeSpan.FromTicks(Nanoseconds / 100);

    public int CompareTo(Duration other) => Nanoseconds.CompareTo(other.Nanoseconds);

    public static Duration operator +(Duration a, Duration b) => new(checked(a.Nanoseconds + b.Nanoseconds));

    public static Duration operator -(Duration a, Duration b) => new(checked(a.Nanoseconds - b.Nanoseconds));

    public static Duration operator *(Duration a, double factor) => FromSeconds(a.Seconds * factor);

    public static bool operator <(Duration a, Duration b) => a.Nanoseconds < b.Nanoseconds;

    public static bool operator >(Duration a, Duration b) => a.Nanoseconds > b.Nanoseconds;

    public static bool operator <=(Duration a, Duration b) => a.Nanoseconds <= b.Nanoseconds;

    public static bool operator >=(Duration a, Duration b) => a.Nanoseconds >= b.Nanoseconds;

    public override string ToString() => Format(Nanoseconds);

    internal static string Format(long nanoseconds)
    {
        var magnitude = nanoseconds < 0 ? (ulong)-(nanoseconds + 1) + 1 : (ulong)nanoseconds;
        var sign = nanoseconds < 0 ? "-" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{sign}{magnitude / 1_000_000_000}.{magnitude % 1_000_000_000:D9}");
    }
}
