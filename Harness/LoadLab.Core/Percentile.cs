namespace LoadLab.Core;

/// <summary>Percentiles by nearest rank: the smallest value with at least p of the sample at or below it. Infinite values (calls that did not complete) are legal.</summary>
public static class Percentile
{
    /// <param name="sorted">Ascending; empty gives NaN.</param>
    /// <param name="share">In (0, 1].</param>
    public static double OfSorted(IReadOnlyList<double> sorted, double share)
    {
        if (sorted.Count == 0)
        {
            return double.NaN;
        }

        // The guard of 1e-9 keeps 0.95 * 20 = 19.000000000000004 from rounding up to rank 20.
        var rank = (int)Math.Ceiling((share * sorted.Count) - 1e-9);
        return sorted[Math.Clamp(rank, 1, sorted.Count) - 1];
    }

    public static double Of(IEnumerable<double> values, double share) => OfSorted([.. values.Order()], share);
}
