using System.Globalization;

namespace LoadLab.Workload;

/// <summary>Times of traces as whole nanoseconds, so that no digit is lost to rounding. Null for what is not a time.</summary>
internal static class TraceTime
{
    /// <summary>A hundred years.</summary>
    private const decimal MaxSeconds = 3_200_000_000m;

    private const long NanosecondsPerSecond = 1_000_000_000;
    private static readonly DateTimeOffset s_unix = DateTimeOffset.UnixEpoch;

    /// <summary>Nanoseconds of a time in this unit, not negative, rounded to the nearest one; every digit of the text counts.</summary>
    public static long? Parse(string text, TraceUnit unit) => unit == TraceUnit.Timestamp ? Timestamp(text) : Count(text, TraceUnits.Nanoseconds(unit));

    public static long? Seconds(string text) => Count(text, NanosecondsPerSecond);

    public static long? Nanoseconds(string text) => Count(text, 1);

    private static long? Count(string text, long nanoseconds) =>
        decimal.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var value) && value <= MaxSeconds * NanosecondsPerSecond / nanoseconds
            ? (long)Math.Round(value * nanoseconds)
            : null;

    /// <summary>
    /// Nanoseconds since 1970 of 2023-11-16 18:15:46.6805900, with up to nine decimals, T or blank between, and an optional zone (UTC when absent). Parsed by hand past
    /// the seconds because the platform's parsers stop at seven decimals.
    /// </summary>
    public static long? Timestamp(string text)
    {
        const int WholeLength = 19;
        if (text.Length < WholeLength ||
            !DateTime.TryParseExact(text[..WholeLength].Replace('T', ' '), "yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.None, out var whole) ||
            whole.Year is < 1970 or > 2200)
        {
            return null;
        }

        var rest = text.AsSpan(WholeLength);
        var fraction = 0L;
        if (rest.Length > 0 && rest[0] == '.')
        {
            var digits = rest[1..].IndexOfAnyExceptInRange('0', '9') is var end and >= 0 ? rest[1..(end + 1)] : rest[1..];
            if (digits.Length is 0 or > 9)
            {
                return null;
            }

            fraction = long.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);
            for (var i = digits.Length; i < 9; i++)
            {
                fraction *= 10;
            }

            rest = rest[(digits.Length + 1)..];
        }

        return Zone(rest) is { } zone ? ((whole - s_unix.DateTime - zone).Ticks * 100) + fraction : null;
    }

    /// <summary>Whether a number of nanoseconds can only be a wall-clock time: later than 2001-09-09 when counted from 1970.</summary>
    public static bool IsWallClock(long nanoseconds) => nanoseconds >= NanosecondsPerSecond * NanosecondsPerSecond;

    public static DateTimeOffset ToDate(long unixNanoseconds) => s_unix.AddTicks(unixNanoseconds / 100);

    private static TimeSpan? Zone(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty || text is "Z")
        {
            return TimeSpan.Zero;
        }

        return text[0] is '+' or '-' && TimeSpan.TryParseExact(text[1..], @"hh\:mm", CultureInfo.InvariantCulture, out var zone)
            ? text[0] == '-' ? -zone : zone
            : null;
    }
}
