namespace LoadLab.Workload.Tests;

/// <summary>Figures of arrivals and of counts.</summary>
internal static class Figures
{
    public static double[] Counts(IEnumerable<double> seconds, double window, double length)
    {
        var counts = new double[(int)(length / window)];
        foreach (var second in seconds)
        {
            counts[Math.Min((int)(second / window), counts.Length - 1)]++;
        }

        return counts;
    }

    /// <summary>Sums of neighbours.</summary>
    public static double[] Coarser(double[] counts, int times) => [.. counts.Chunk(times).Where(chunk => chunk.Length == times).Select(chunk => chunk.Sum())];

    public static double Variance(IReadOnlyCollection<double> values)
    {
        var mean = values.Average();
        return values.Average(value => (value - mean) * (value - mean));
    }

    public static double Fano(double[] counts) => Variance(counts) / counts.Average();

    public static double PeakToMean(double[] counts) => counts.Max() / counts.Average();

    public static double GapCv(IReadOnlyList<double> seconds)
    {
        var gaps = seconds.Zip(seconds.Skip(1), (a, b) => b - a).ToArray();
        return Math.Sqrt(Variance(gaps)) / gaps.Average();
    }

    /// <summary>Of counts a lag apart; windows without a count are left out where they are missing data.</summary>
    public static double Autocorrelation(double[] counts, int lag, bool zeroIsMissing = false)
    {
        var known = counts.Where(count => !zeroIsMissing || count > 0).ToArray();
        var mean = known.Average();
        var products = new List<double>();
        for (var i = 0; i + lag < counts.Length; i++)
        {
            if (!zeroIsMissing || (counts[i] > 0 && counts[i + lag] > 0))
            {
                products.Add((counts[i] - mean) * (counts[i + lag] - mean));
            }
        }

        return products.Average() / Variance(known);
    }

    /// <summary>Percent of the load in each hour of the day, from the mean of each hour's known windows; the counts start at midnight.</summary>
    public static double[] HourShares(double[] counts, double window, bool zeroIsMissing = false)
    {
        var hours = Enumerable.Range(0, 24).Select(hour => counts.Where((count, i) => (int)(i * window / 3600) % 24 == hour && (!zeroIsMissing || count > 0)).Average()).ToArray();
        var sum = hours.Sum();
        return [.. hours.Select(hour => 100 * hour / sum)];
    }

    public static double LargestDifference(double[] a, double[] b) => a.Zip(b, (x, y) => Math.Abs(x - y)).Max();
}
