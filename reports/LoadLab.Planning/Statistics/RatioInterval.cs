namespace LoadLab.Planning;

/// <summary>
/// A ratio of sums over blocks with its 95 % interval: r = scale C / N, linearised d_i = (c_i - (C/N) n_i) scale / N, se = sqrt(B/(B-1) sum d_i^2), t with B-1 degrees.
/// Never a mean of per-block ratios, which counts a quiet block as much as a busy one.
/// </summary>
public sealed record RatioInterval(double Estimate, double StandardError, double Low, double High, int Blocks)
{
    /// <param name="sums">Numerator per block, for example cost.</param>
    /// <param name="counts">Denominator per block, for example successes; not all 0.</param>
    /// <param name="scale">1000 for "per 1000".</param>
    public static RatioInterval Of(IReadOnlyList<double> sums, IReadOnlyList<double> counts, double scale)
    {
        var influence = Influence(sums, counts, scale);
        var estimate = scale * sums.Sum() / counts.Sum();
        var error = StandardErrorOf(influence);
        var half = StudentT.Factor(influence.Length - 1) * error;
        return new RatioInterval(estimate, error, estimate - half, estimate + half, influence.Length);
    }

    /// <summary>How far each block pulls the ratio from its value; they sum to 0.</summary>
    internal static double[] Influence(IReadOnlyList<double> sums, IReadOnlyList<double> counts, double scale)
    {
        if (sums.Count != counts.Count || sums.Count < 2)
        {
            throw new ArgumentException($"{sums.Count} sums and {counts.Count} counts; at least 2 of each are needed", nameof(sums));
        }

        var total = counts.Sum();
        var ratio = sums.Sum() / total;
        return [.. sums.Zip(counts, (sum, count) => scale * (sum - (ratio * count)) / total)];
    }

    internal static double StandardErrorOf(double[] influence)
    {
        var blocks = (double)influence.Length;
        return Math.Sqrt(blocks / (blocks - 1) * influence.Sum(d => d * d));
    }
}
