namespace LoadLab.Serving.Priority;

/// <summary>What each tenant was served, and how evenly. Counts the first <paramref name="most"/> tenants that come; later ones are not in the index, so that memory is bounded.</summary>
internal sealed class ServedShares(int most)
{
    private readonly Dictionary<string, double> _shares = new(StringComparer.Ordinal);
    private double _sum;
    private double _sumOfSquares;

    /// <summary>
    /// Jain's fairness index (R. Jain, D. Chiu, W. Hawe, DEC-TR-301, 1984): (sum x)^2 / (n sum x^2) over n tenants, x = replica-seconds served / weight. From 1/n, one has all,
    /// to 1, all have the same; 1 when nobody was served.
    /// </summary>
    public double JainIndex => _sumOfSquares > 0 ? Math.Min(1, _sum * _sum / (_shares.Count * _sumOfSquares)) : 1;

    /// <param name="tenant">Zero seconds make it one of the n.</param>
    /// <param name="share">Replica-seconds / weight, not negative.</param>
    public void Add(string tenant, double share)
    {
        if (!_shares.TryGetValue(tenant, out var before) && _shares.Count >= most)
        {
            return;
        }

        var after = before + share;
        _shares[tenant] = after;
        _sum += share;
        _sumOfSquares += share * (before + after);
    }
}
