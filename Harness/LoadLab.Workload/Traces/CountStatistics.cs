namespace LoadLab.Workload;

/// <summary>How the arrivals of a trace spread over windows of one width. Only whole windows count.</summary>
/// <param name="WindowSeconds">Width of a window.</param>
/// <param name="Windows">Whole windows in the span.</param>
/// <param name="PeakToMean">Largest count over the mean count.</param>
/// <param name="Fano">Variance of the counts over their mean: 1 for Poisson arrivals of constant rate, above 1 for bursts or a drifting rate.</param>
public sealed record CountStatistics(double WindowSeconds, int Windows, double PeakToMean, double Fano)
{
    private const int Fewest = 5;
    private const int Most = 20_000_000;

    /// <summary>Null when the span holds too few windows to say anything, or too many to hold.</summary>
    internal static CountStatistics? Of(IReadOnlyList<TraceRow> rows, double windowSeconds)
    {
        if (Counts(rows, windowSeconds) is not { } counts)
        {
            return null;
        }

        var mean = counts.Average();
        return mean > 0 ? new CountStatistics(windowSeconds, counts.Length, counts.Max() / mean, Variance(counts, mean) / mean) : null;
    }

    /// <summary>Mean product of deviations a lag apart over the variance; null when the span is shorter than one and a half lags.</summary>
    internal static double? Autocorrelation(IReadOnlyList<TraceRow> rows, double windowSeconds, double lagSeconds)
    {
        var lag = (int)(lagSeconds / windowSeconds);
        if (Counts(rows, windowSeconds) is not { } counts || counts.Length < 1.5 * lag)
        {
            return null;
        }

        var mean = counts.Average();
        var variance = Variance(counts, mean);
        var product = Enumerable.Range(0, counts.Length - lag).Average(i => (counts[i] - mean) * (counts[i + lag] - mean));
        return variance > 0 ? product / variance : null;
    }

    private static int[]? Counts(IReadOnlyList<TraceRow> rows, double windowSeconds)
    {
        var first = rows[0].ArrivalNs;
        var width = (long)(windowSeconds * 1e9);
        var windows = (rows[^1].ArrivalNs - first) / width;
        if (windows is < Fewest or > Most)
        {
            return null;
        }

        var counts = new int[windows];
        foreach (var row in rows)
        {
            var i = (row.ArrivalNs - first) / width;
            if (i < windows)
            {
                counts[i]++;
            }
        }

        return counts;
    }

    private static double Variance(int[] counts, double mean) => counts.Average(count => (count - mean) * (count - mean));
}
