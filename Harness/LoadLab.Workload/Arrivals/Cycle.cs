using LoadLab.Core;
using Calendar = LoadLab.Core.Calendar;

namespace LoadLab.Workload;

/// <summary>
/// A rate that repeats with the calendar, each day or each week (from Monday, midnight): straight pieces that cover one period, in seconds of the calendar. Only the ratio
/// of its rates counts; who plays it says the mean.
/// </summary>
public sealed class Cycle
{
    internal const double Day = 86400;
    internal const double Week = 7 * Day;

    private readonly IReadOnlyList<RateSegment> _pieces;

    private Cycle(double period, IReadOnlyList<RateSegment> pieces)
    {
        Period = period;
        _pieces = pieces;
        Mean = pieces.Sum(piece => piece.Area) / period;
    }

    /// <summary>A day or a week, in seconds.</summary>
    public double Period { get; }

    /// <summary>Mean of the relative rates over the period.</summary>
    public double Mean { get; }

    /// <summary>Points of a period in order of time, each from 0 up to the period, not included; the last leads to the first.</summary>
    /// <param name="period">A day or a week, in seconds.</param>
    /// <param name="points">At least one.</param>
    /// <param name="hold">Each rate is held until the next point, instead of a straight line to it.</param>
    public static Cycle Through(double period, IReadOnlyList<(double Second, double Rate)> points, bool hold)
    {
        var pieces = new List<RateSegment>();
        for (var i = 0; i < points.Count; i++)
        {
            var (start, from) = points[i];
            var (end, to) = i + 1 < points.Count ? points[i + 1] : (points[0].Second + period, points[0].Rate);
            var piece = new RateSegment(start, end, from, hold ? from : to);
            if (end <= period)
            {
                pieces.Add(piece);
                continue;
            }

            // The piece that crosses the end of the period is cut there: its tail comes first.
            var middle = piece.RateAt(period);
            pieces.Add(piece with { End = period, To = middle });
            pieces.Insert(0, new RateSegment(0, end - period, middle, piece.To));
        }

        return new Cycle(period, [.. pieces.Where(piece => piece.End > piece.Start)]);
    }

    /// <summary>A week of one day's profile, times a factor for each day from Monday.</summary>
    public static Cycle Weekly(Cycle day, IReadOnlyList<double> factors) =>
        new(Week, [.. factors.SelectMany((factor, number) => day._pieces.Select(piece => new RateSegment(piece.Start + (number * Day), piece.End + (number * Day), piece.From * factor, piece.To * factor)))]);

    /// <summary>Seconds of the period that have passed at the first instant of a run.</summary>
    public double PhaseOf(Calendar calendar) => SecondOfWeek(calendar) % Period;

    /// <summary>The pieces that a run of this calendar and length plays, in order, from 0; rates scaled to this mean.</summary>
    public IReadOnlyList<RateSegment> Over(double mean, Calendar calendar, double length)
    {
        var pieces = new List<RateSegment>();
        var phase = PhaseOf(calendar);
        var factor = Mean > 0 ? mean / Mean : 0;
        for (var number = 0L; ; number++)
        {
            var shift = (number * Period) - phase;
            foreach (var piece in _pieces)
            {
                var (start, end) = ((piece.Start + shift) / calendar.Compress, (piece.End + shift) / calendar.Compress);
                if (start >= length)
                {
                    return pieces;
                }

                if (end > 0)
                {
                    Append(pieces, new RateSegment(start, end, piece.From * factor, piece.To * factor));
                }
            }
        }
    }

    internal static double SecondOfWeek(Calendar calendar) =>
        ((((int)calendar.Start.DayOfWeek + 6) % 7) * Day) + calendar.SecondOfDay(Instant.Zero);

    /// <summary>Cuts what lies before the start of the run, and lets the piece begin exactly where the one before ends.</summary>
    private static void Append(List<RateSegment> pieces, RateSegment piece)
    {
        var start = pieces.Count > 0 ? pieces[^1].End : 0;
        if (piece.End > start)
        {
            pieces.Add(pieces.Count > 0 ? piece with { Start = start } : new RateSegment(0, piece.End, piece.RateAt(0), piece.To));
        }
    }
}
