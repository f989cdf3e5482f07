using LoadLab.Core;

namespace LoadLab.Workload;

/// <summary>Rate shapes as lists of straight pieces. Times in seconds of the run, rates in calls per second of the run.</summary>
public static class Shapes
{
    private const double Day = 86400;
    private const int PiecesPerHalfLife = 8;
    private const int HalfLives = 20;

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
    /// A day that repeats: a straight rise to the peak, a straight fall from it, and the trough for the rest, with the given mean over the whole day. The rise and the fall
    /// take 24 h x (mean - trough) / (peak - trough) each. Without a trough of its own it is the lowest that gives no plateau: 2 mean - peak, twelve hours from the peak, and
    /// a silent night when the peak is above twice the mean.
    /// </summary>
    /// <param name="mean">Calls per second of the run, over one day.</param>
    /// <param name="peakToMean">At least 1.</param>
    /// <param name="peakSecondOfDay">Time of day of the peak.</param>
    /// <param name="calendar">Which time of day the run starts at and how fast the day passes.</param>
    /// <param name="length">Seconds of the run to cover.</param>
    /// <param name="troughToMean">Below 1 and at least <see cref="LeastTrough"/>; that when absent.</param>
    public static IReadOnlyList<RateSegment> Diurnal(double mean, double peakToMean, double peakSecondOfDay, Calendar calendar, double length, double? troughToMean = null)
    {
        var peak = mean * peakToMean;
        var trough = Math.Max(0, (2 * mean) - peak);
        var half = Math.Min(Day / 2, Day / peakToMean) / calendar.Compress;
        if (troughToMean is { } floor && floor > LeastTrough(peakToMean))
        {
            trough = mean * floor;
            half = Day * (1 - floor) / (peakToMean - floor) / calendar.Compress;
        }

        var period = Day / calendar.Compress;
        var first = (peakSecondOfDay - calendar.SecondOfDay(Instant.Zero)) / calendar.Compress;
        var pieces = new List<RateSegment>();

        // The first peak whose fall or trough can still reach into the run, and every one after it.
        var number = (long)Math.Floor((-half - first) / period) - (trough > 0 ? 1 : 0);
        for (; first + (number * period) - half < length; number++)
        {
            var at = first + (number * period);
            pieces.Add(new RateSegment(at - half, at, trough, peak));
            pieces.Add(new RateSegment(at, at + half, peak, trough));
            if (trough > 0 && half < period / 2)
            {
                pieces.Add(new RateSegment(at + half, at + period - half, trough, trough));
            }
        }

        return Joined(pieces);
    }

    /// <summary>The lowest trough over the mean that a day of this peak can have: with a lower one its rise and fall would take longer than the day.</summary>
    public static double LeastTrough(double peakToMean) => Math.Max(0, 2 - peakToMean);

    /// <summary>
    /// A crowd that comes at once and goes slowly: a straight rise to the peak, the peak held, then halved again and again. The decay is drawn as straight pieces through
    /// the exponential, eight a half-life: never below it, and above it by at most (ln 2 / 8)^2 / 8 = 0.094 % of the rate. It ends after 20 half-lives, at a millionth of the peak.
    /// </summary>
    /// <param name="at">Start of the rise.</param>
    /// <param name="rise">Seconds of the rise.</param>
    /// <param name="peak">Calls per second.</param>
    /// <param name="hold">Seconds at the peak.</param>
    /// <param name="halfLife">Seconds in which the rate halves.</param>
    public static IReadOnlyList<RateSegment> FlashCrowd(double at, double rise, double peak, double hold, double halfLife)
    {
        var pieces = new List<RateSegment>();
        var from = at + rise + hold;
        pieces.Add(new RateSegment(at, at + rise, 0, peak));
        pieces.Add(new RateSegment(at + rise, from, peak, peak));
        for (var i = 0; i < PiecesPerHalfLife * HalfLives; i++)
        {
            var (start, end) = (i / (double)PiecesPerHalfLife, (i + 1) / (double)PiecesPerHalfLife);
            pieces.Add(new RateSegment(from + (start * halfLife), from + (end * halfLife), peak * Math.Pow(2, -start), peak * Math.Pow(2, -end)));
        }

        return [.. pieces.Where(piece => piece.End > piece.Start)];
    }

    /// <summary>Spikes of one height and width, the first at <paramref name="at"/>, one a period; each comes later by its own uniform share of the jitter.</summary>
    /// <param name="height">Calls per second.</param>
    /// <param name="at">Seconds.</param>
    /// <param name="end">No spike starts its period at or after it.</param>
    /// <param name="period">At least width + jitter.</param>
    /// <param name="width">Seconds of a spike.</param>
    /// <param name="jitter">Seconds.</param>
    /// <param name="chance">One draw a spike.</param>
    public static IReadOnlyList<RateSegment> SpikeTrain(double height, double at, double end, double period, double width, double jitter, RandomStream chance)
    {
        var pieces = new List<RateSegment>();
        for (var number = 0L; at + (number * period) < end; number++)
        {
            var start = at + (number * period) + (jitter * chance.NextDouble());
            pieces.Add(new RateSegment(start, start + width, height, height));
        }

        return pieces;
    }

    /// <summary>
    /// The rate of a Markov-modulated Poisson process (with the Poisson arrivals that are the default): states of one rate each, held for exponential times; the next state is
    /// any of the others, alike. It starts in equilibrium: in a state by its share of the time, so that the expected rate is the same at all times.
    /// </summary>
    /// <param name="states">Rate in calls per second and mean holding time in seconds; at least two.</param>
    /// <param name="at">Seconds.</param>
    /// <param name="end">Seconds.</param>
    /// <param name="chance">One draw for the first state, two a change.</param>
    public static IReadOnlyList<RateSegment> Mmpp(IReadOnlyList<(double Rate, double HoldSeconds)> states, double at, double end, RandomStream chance)
    {
        var pieces = new List<RateSegment>();
        var state = FirstState(states, chance.NextDouble());
        while (at < end)
        {
            var until = at + (states[state].HoldSeconds * chance.NextExponential());
            pieces.Add(new RateSegment(at, until, states[state].Rate, states[state].Rate));
            state = (state + 1 + chance.NextInt(states.Count - 1)) % states.Count;
            at = until;
        }

        return Cut(pieces, end);
    }

    /// <summary>Cuts what lies at or after a time.</summary>
    public static IReadOnlyList<RateSegment> Cut(IReadOnlyList<RateSegment> pieces, double end) =>
        [.. pieces.Where(piece => piece.Start < end).Select(piece => piece.End <= end ? piece : piece with { End = end, To = piece.RateAt(end) })];

    private static int FirstState(IReadOnlyList<(double Rate, double HoldSeconds)> states, double draw)
    {
        var rest = draw * states.Sum(state => state.HoldSeconds);
        for (var i = 0; i < states.Count - 1; i++)
        {
            rest -= states[i].HoldSeconds;
            if (rest < 0)
            {
                return i;
            }
        }

        return states.Count - 1;
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
