namespace LoadLab.Model.Probe;

/// <summary>
/// A median with its 95 % interval from the order statistics, whatever the distribution: the values of rank k and n + 1 - k, k = floor((n - 1.96 sqrt n) / 2),
/// the normal approximation of the binomial. Without enough values for a rank the ends are infinite.
/// </summary>
public sealed record MedianInterval(int Count, double Median, double Low, double High)
{
    private const double Normal95 = 1.959964;

    /// <summary>How far from zero the median may be, at most.</summary>
    public double Reach => Math.Max(Math.Abs(Low), Math.Abs(High));

    public static MedianInterval Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        var rank = (int)Math.Floor((sorted.Length - (Normal95 * Math.Sqrt(sorted.Length))) / 2);
        var median = Order.OfSorted(sorted, 0.5);
        return rank < 1
            ? new MedianInterval(sorted.Length, median, double.NegativeInfinity, double.PositiveInfinity)
            : new MedianInterval(sorted.Length, median, sorted[rank - 1], sorted[^rank]);
    }
}
