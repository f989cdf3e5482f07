using LoadLab.Core.Runs;

namespace LoadLab.Workload;

/// <summary>
/// The rate of a load over time: piecewise linear, so that the expected count up to a time (the integral) and the time of an expected count (its inverse) are exact.
/// Times in seconds from the start of the run, rates in calls per second.
/// </summary>
public sealed class RateCurve
{
    private readonly RateSegment[] _segments;
    private readonly double[] _areaBefore;

    private RateCurve(double length, RateSegment[] segments)
    {
        Length = length;
        _segments = segments;
        _areaBefore = new double[segments.Length + 1];
        for (var i = 0; i < segments.Length; i++)
        {
            _areaBefore[i + 1] = _areaBefore[i] + segments[i].Area;
        }
    }

    /// <summary>Seconds.</summary>
    public double Length { get; }

    /// <summary>Adjoining pieces from 0 to <see cref="Length"/>.</summary>
    public IReadOnlyList<RateSegment> Segments => _segments;

    /// <summary>Expected calls over the whole length.</summary>
    public double Total => _areaBefore[^1];

    /// <summary>Highest rate, calls per second.</summary>
    public double Peak => _segments.Max(segment => Math.Max(segment.From, segment.To));

    /// <summary>Adds shapes up. Each shape is a list of pieces that do not overlap, in order; outside its pieces its rate is 0. What lies past the length is cut off.</summary>
    public static RateCurve Sum(double length, IReadOnlyList<IReadOnlyList<RateSegment>> shapes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        var times = Breakpoints(length, shapes);
        var segments = new RateSegment[times.Length - 1];
        for (var i = 0; i < segments.Length; i++)
        {
            segments[i] = new RateSegment(times[i], times[i + 1], 0, 0);
        }

        foreach (var shape in shapes)
        {
            Add(segments, shape);
        }

        return new RateCurve(length, segments);
    }

    public RateCurve Scaled(double factor) =>
        new(Length, [.. _segments.Select(segment => segment with { From = segment.From * factor, To = segment.To * factor })]);

    /// <summary>Rate at a time; at a jump the rate after it. 0 outside the length.</summary>
    public double RateAt(double seconds) => seconds < 0 || seconds >= Length ? 0 : _segments[Holding(seconds)].RateAt(seconds);

    /// <summary>Expected calls from the start up to a time.</summary>
    public double Integral(double seconds)
    {
        if (seconds <= 0)
        {
            return 0;
        }

        if (seconds >= Length)
        {
            return Total;
        }

        var i = Holding(seconds);
        var piece = _segments[i];
        return _areaBefore[i] + (piece with { End = seconds, To = piece.RateAt(seconds) }).Area;
    }

    /// <summary>
    /// The time at which the expected count reaches <paramref name="area"/>, in [0, Total). Within a piece of slope k and first rate r the area solves
    /// r x + k x^2 / 2 = a; x = 2 a / (r + sqrt(r^2 + 2 k a)) is the root without cancellation for either sign of k.
    /// </summary>
    public double Inverse(double area)
    {
        if (area < 0 || area >= Total)
        {
            throw new ArgumentOutOfRangeException(nameof(area), area, $"must be in [0, {Csv.Text(Total)})");
        }

        var i = PieceReaching(area);
        var piece = _segments[i];
        var rest = area - _areaBefore[i];
        var slope = (piece.To - piece.From) / (piece.End - piece.Start);
        var root = Math.Sqrt(Math.Max(0, (piece.From * piece.From) + (2 * slope * rest)));
        var x = rest <= 0 ? 0 : 2 * rest / (piece.From + root);
        return Math.Min(piece.Start + x, piece.End);
    }

    private static double[] Breakpoints(double length, IReadOnlyList<IReadOnlyList<RateSegment>> shapes) =>
    [
        .. shapes.SelectMany(shape => shape.SelectMany(piece => new[] { piece.Start, piece.End }))
            .Where(time => time > 0 && time < length)
            .Append(0)
            .Append(length)
            .Distinct()
            .Order(),
    ];

    private static void Add(RateSegment[] segments, IReadOnlyList<RateSegment> shape)
    {
        var at = 0;
        for (var i = 0; i < segments.Length; i++)
        {
            var segment = segments[i];
            while (at < shape.Count && shape[at].End <= segment.Start)
            {
                at++;
            }

            if (at < shape.Count && shape[at].Start <= segment.Start)
            {
                segments[i] = segment with { From = segment.From + shape[at].RateAt(segment.Start), To = segment.To + shape[at].RateAt(segment.End) };
            }
        }
    }

    private int Holding(double seconds)
    {
        var low = 0;
        var high = _segments.Length - 1;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_segments[middle].End <= seconds)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    /// <summary>The first piece whose end lies beyond the area, so never one of rate 0.</summary>
    private int PieceReaching(double area)
    {
        var low = 0;
        var high = _segments.Length - 1;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_areaBefore[middle + 1] <= area)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
