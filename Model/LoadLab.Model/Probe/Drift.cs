namespace LoadLab.Model.Probe;

/// <summary>
/// By what share a series rose or fell from its first moment to its last. The time is cut into <see cref="Slices"/> equal slices, each stands for itself by the medians of
/// its times and values, and the slope is Theil and Sen's: the median of the slopes between all pairs of slices. So neither a disturbed moment nor a disturbed
/// slice decides. Relative = slope * duration / median.
/// </summary>
/// <param name="Relative">NaN for fewer than three slices with values.</param>
/// <param name="Low">Lower end of Sen's 95 % interval (Sen 1968, by the variance of Kendall's S without ties).</param>
/// <param name="High">Its upper end.</param>
/// <param name="FirstToLastTenth">Median of the last tenth of the time over that of the first, less 1: the plain figure, shown beside.</param>
public sealed record Drift(double Relative, double Low, double High, double FirstToLastTenth)
{
    public const int Slices = 20;

    private const int FewestSlices = 3;
    private const double Normal95 = 1.959964;

    /// <param name="points">Ascending in time.</param>
    public static Drift Of(IReadOnlyList<(double Seconds, double Value)> points)
    {
        if (points.Count == 0)
        {
            return new Drift(double.NaN, double.NaN, double.NaN, double.NaN);
        }

        var (start, span) = (points[0].Seconds, points[^1].Seconds - points[0].Seconds);
        var slices = points
            .GroupBy(point => Math.Min(Slices - 1, (int)((point.Seconds - start) / span * Slices)))
            .Select(slice => (Seconds: Order.Median(slice.Select(point => point.Seconds)), Value: Order.Median(slice.Select(point => point.Value))))
            .ToList();
        if (slices.Count < FewestSlices)
        {
            return new Drift(double.NaN, double.NaN, double.NaN, double.NaN);
        }

        var slopes = Slopes(slices);
        var scale = span / Order.Median(slices.Select(slice => slice.Value));
        var (low, high) = Interval(slopes, slices.Count);
        return new Drift(Order.OfSorted(slopes, 0.5) * scale, low * scale, high * scale, Tenths(points, start, span));
    }

    private static double[] Slopes(List<(double Seconds, double Value)> slices)
    {
        var slopes = new List<double>();
        for (var i = 0; i < slices.Count; i++)
        {
            for (var j = i + 1; j < slices.Count; j++)
            {
                slopes.Add((slices[j].Value - slices[i].Value) / (slices[j].Seconds - slices[i].Seconds));
            }
        }

        return [.. slopes.Order()];
    }

    private static (double Low, double High) Interval(double[] slopes, int slices)
    {
        var reach = Normal95 * Math.Sqrt(slices * (slices - 1.0) * ((2 * slices) + 5) / 18);
        var below = (int)Math.Floor((slopes.Length - reach) / 2) - 1;
        var above = (int)Math.Ceiling((slopes.Length + reach) / 2);
        return (slopes[Math.Max(0, below)], slopes[Math.Min(slopes.Length - 1, above)]);
    }

    private static double Tenths(IReadOnlyList<(double Seconds, double Value)> points, double start, double span)
    {
        var first = Order.Median(points.Where(point => point.Seconds <= start + (span / 10)).Select(point => point.Value));
        var last = Order.Median(points.Where(point => point.Seconds >= start + (span * 0.9)).Select(point => point.Value));
        return (last / first) - 1;
    }
}
