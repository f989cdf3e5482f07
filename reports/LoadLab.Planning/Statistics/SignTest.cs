namespace LoadLab.Planning;

/// <summary>Which side is lower by count of pairs alone: legal also where a value is infinite. Exact two-sided binomial test; ties count for nothing.</summary>
internal static class SignTest
{
    /// <returns>The chance of a split at least this uneven were both sides alike; 1 without any untied pair.</returns>
    public static double Probability(int lower, int higher)
    {
        var pairs = lower + higher;
        return pairs == 0 ? 1 : Math.Min(1, 2 * MathNet.Numerics.Distributions.Binomial.CDF(0.5, pairs, Math.Min(lower, higher)));
    }
}
