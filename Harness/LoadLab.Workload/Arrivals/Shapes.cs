using LoadLab.Core;

namespace LoadLab.Workload;

/// <summary>Rate shapes as lists of straight pieces. Times in seconds of the run, rates in calls per second of the run.</summary>
public static class Shapes
{
    private const double Day = 86400;

    /// <summary>One rate from <paramref name="at"/> on for <paramref name="seconds"/>; also the burst, and the cold start (silence until <paramref name="at"/>, then load).</summary>
    public static IReadOnlyList<RateSegment> Constant(double rate, double at, double seconds) => Ramp(rate, rate, at, seconds);

    /// <summary>A straight line from one rate to another; 0 before and after.</summary>
    public static IReadOnlyList<RateSegment> Ramp(double from, double to, double at, double seconds) => [new RateSegment(at, at + seconds, from, to)];

    /// <summary>One rate after another, each held for its seconds, without pauses.</summary>
    public static IReadOnlyList<RateSegment> Steps(double at, IEnumerable<(double Rate, double Seconds)> steps)
    {
        var pieces = new List<RateSegment>();
        foreach (var (rate, seconds) in steps)
        {
            pieces.Add(new RateSegment(at, at + seconds, rate, rate));
            at += seconds;
        }

        return pieces;
    }

    /// <summary>
    /// A day that repeats: a straight rise to the peak and a straight fall from it, with the given mean over the whole day. Up to a peak of twice the mean the rise
    /// starts at the trough of 2 mean - peak, twelve hours away. A higher peak needs a silent night: the rise and the fall then take 24 h / peakToMean each.
    /// </summary>
    /// <param name="mean">Calls per second of the run, over one day.</param>
    /// <param name="peakToMean">At least 1.</param>
    /// <param name="peakSecondOfDay">Time of day of the peak.</param>
    /// <param name="calendar">Which time of day the run starts at and how fast the day passes.</param>
    /// <param name="length">Seconds of the run to cover.</param>
    public static IReadOnlyList<RateSegment> Diurnal(double mean, double peakToMean, double peakSecondOfDay, Calendar calendar, double length)
    {
        var peak = mean * peakToMean;
        var trough = Math.Max(0, (2 * mean) - peak);
        var half = Math.Min(Day / 2, Day / peakToMean) / calendar.Compress;
        var period = Day / calendar.Compress;
        var first = (peakSecondOfDay - calendar.SecondOfDay(Instant.Zero)) / calendar.Compress;
        var pieces = new List<RateSegment>();

        // The first peak whose fall can still reach into the run, and every one after it.
        var number = (long)Math.Floor((-half - first) / period);
        for (; first + (number * period) - half < length; number++)
        {
            var at = first + (number * period);
            pieces.Add(new RateSegment(at - half, at, trough, peak));
            pieces.Add(new RateSegment(at, at + half, peak, trough));
        }

        return Joined(pieces);
    }

    /// <summary>Lets each piece begin exactly where the one before it ends when rounding alone parts them.</summary>
    private static List<RateSegment> Joined(List<RateSegment> pieces)
    {
        for (var i = 1; i < pieces.Count; i++)
        {
            if (Math.Abs(pieces[i].Start - pieces[i - 1].End) < 1e-9 * Math.Max(1, Math.Abs(pieces[i].Start)))
            {
                pieces[i] = pieces[i] with { Start = pieces[i - 1].End };
            }
        }

        return pieces;
    }
}
