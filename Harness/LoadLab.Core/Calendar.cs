using System.Globalization;
using LoadLab.Core.Input;

namespace LoadLab.Core;

/// <summary>
/// Maps the clock of a run to a time of day: one clock of day for arrivals, quotas, night rules and prices.
/// </summary>
/// <param name="Start">Time of day at instant zero.</param>
/// <param name="Compress">Seconds of the day that pass in one second of the run; at least 1.</param>
public sealed record Calendar(DateTimeOffset Start, double Compress)
{
    private const double MaxCompress = 86400;

    private static readonly string[] s_forms = ["yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd"];

    /// <summary>Midnight of 5 January 2026 (a Monday), uncompressed: what a scenario without a calendar gets.</summary>
    public static Calendar Default { get; } = new(new DateTimeOffset(2026, 1, 5, 0, 0, 0, TimeSpan.Zero), 1);

    public DateTimeOffset At(Instant instant) => Start.AddTicks((long)(instant.Seconds * Compress * TimeSpan.TicksPerSecond));

    /// <summary>Seconds since the midnight before, in [0, 86400).</summary>
    public double SecondOfDay(Instant instant) => At(instant).TimeOfDay.TotalSeconds;

    /// <summary>Reads <c>calendar: { start: 2026-01-05T18:00Z, compress: 240 }</c> of a scenario; <see cref="Default"/> when absent. A start without a zone is UTC.</summary>
    public static Calendar Bind(Section root)
    {
        if (root.Child("calendar") is not { } calendar)
        {
            return Default;
        }

        var start = calendar.Value("start", Parse, at => at.Year is >= 1970 and <= 2200, "a time of the years 1970 to 2200", "2026-01-05T18:00Z") ?? Default.Start;
        var compress = calendar.Number("compress", 1, 1, MaxCompress, "240");
        calendar.Close();
        return new Calendar(start, compress);
    }

    private static DateTimeOffset? Parse(string text) =>
        DateTimeOffset.TryParseExact(text, s_forms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at : null;
}
