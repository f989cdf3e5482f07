namespace LoadLab.Fleet;

/// <summary>
/// Tells a measured time that is no scatter: a pause of the process, a neighbour's burst. It lies more than five robust deviations from the median in logarithm, and
/// more than a factor of three. What is left keeps its arithmetic mean, so that an honest long tail is not shaved.
/// </summary>
internal static class Outliers
{
    private const double Sigmas = 5;

    /// <summary>What is no further than this off is never one.</summary>
    public const double LeastFactor = 3;

    /// <summary>Fewer times than this cannot tell.</summary>
    public const int Least = 5;

    /// <summary>Median absolute deviation to standard deviation of a normal law.</summary>
    public const double ToSigma = 1.4826;

    /// <summary>Whether each time is one; none of fewer than <see cref="Least"/> times, and none where half of them are 0.</summary>
    public static bool[] Of(IReadOnlyList<double> seconds)
    {
        var median = Median(seconds);
        if (seconds.Count < Least || !(median > 0))
        {
            return new bool[seconds.Count];
        }

        var distances = seconds.Select(value => value > 0 ? Math.Abs(Math.Log(value / median)) : double.PositiveInfinity).ToArray();
        var limit = Math.Max(Math.Log(LeastFactor), Sigmas * ToSigma * Median(distances));
        return [.. distances.Select(distance => distance > limit)];
    }

    /// <summary>The arithmetic mean without outliers, and how many times are behind it; at least one time.</summary>
    public static (double Mean, int Count) Mean(IReadOnlyList<double> seconds)
    {
        var outliers = Of(seconds);
        var kept = seconds.Where((_, index) => !outliers[index]).ToList();
        return (kept.Average(), kept.Count);
    }

    public static double Median(IReadOnlyList<double> values)
    {
        if (values.Count == 0)
        {
            return double.NaN;
        }

        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
