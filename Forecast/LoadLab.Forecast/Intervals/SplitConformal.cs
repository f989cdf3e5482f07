namespace LoadLab.Forecast;

/// <summary>
/// Bounds from past errors alone (Vovk et al. 2005; Lei et al. 2018): among n exchangeable errors and the next one, every rank is equally likely.
/// Signed: lower = floor((n+1) share)-th smallest, upper = ceil((n+1) share)-th smallest. A rank outside 1..n proves nothing: infinite.
/// </summary>
public static class SplitConformal
{
    // Keeps 20 * 0.95 = 19.000000000000004 from becoming rank 20.
    private const double Guard = 1e-9;

    /// <param name="sorted">Errors (actual - forecast), ascending.</param>
    /// <param name="share">For example 0.025.</param>
    /// <returns>A bound that at most this share of the next errors falls below; negative infinity when there are too few errors.</returns>
    public static double Lower(IReadOnlyList<double> sorted, double share)
    {
        var rank = (int)Math.Floor(((sorted.Count + 1) * share) + Guard);
        return rank < 1 ? double.NegativeInfinity : sorted[Math.Min(rank, sorted.Count) - 1];
    }

    /// <param name="sorted">Errors (actual - forecast), or their sizes, ascending.</param>
    /// <param name="share">For example 0.975.</param>
    /// <returns>A bound that at least this share of the next errors stays at or below; positive infinity when there are too few errors.</returns>
    public static double Upper(IReadOnlyList<double> sorted, double share)
    {
        var rank = (int)Math.Ceiling(((sorted.Count + 1) * share) - Guard);
        return rank > sorted.Count ? double.PositiveInfinity : sorted[Math.Max(rank, 1) - 1];
    }
}
