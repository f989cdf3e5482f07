namespace LoadLab.Core;

/// <summary>
/// Maps the clock of a run to a time of day: one clock of day for arrivals, quotas, night rules and prices.
/// </summary>
/// <param name="Start">Time of day at instant zero.</param>
/// <param name="Compress">Seconds of the day that pass in one second of the run; at least 1.</param>
public sealed record Calendar(DateTimeOffset Start, double Compress)
{
    /// <summary>Midnight of 5 January 2026 (a Monday), uncompressed: what a scenario without a calendar gets.</summary>
    public static Calendar Default { get; } = new(new DateTimeOffset(2026, 1, 5, 0, 0, 0, TimeSpan.Zero), 1);

    public DateTimeOffset At(Instant instant) => Start.AddTicks((long)(instant.Seconds * Compress * TimeSpan.TicksPerSecond));

    /// <summary>Seconds since the midnight before, in [0, 86400).</summary>
    public double SecondOfDay(Instant instant) => At(instant).TimeOfDay.TotalSeconds;
}
