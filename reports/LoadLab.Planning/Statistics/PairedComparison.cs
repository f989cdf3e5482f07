namespace LoadLab.Planning;

/// <summary>
/// A minus B, measured on the same arrivals, with its 95 % interval. What both sides share (an easy seed, a hard one) cancels in a pair, so the interval is narrower than
/// that of two independent measurements, which stands beside it.
/// </summary>
/// <param name="A">A's value.</param>
/// <param name="B">B's value.</param>
/// <param name="Difference">A - B.</param>
/// <param name="StandardError">Of the difference, by pairs.</param>
/// <param name="HalfWidth">Of its interval, by pairs.</param>
/// <param name="UnpairedStandardError">Of the difference, had the sides been measured apart.</param>
/// <param name="UnpairedHalfWidth">Of the interval, had the sides been measured apart.</param>
/// <param name="Pairs">Seeds or blocks.</param>
public sealed record PairedComparison(
    double A, double B, double Difference, double StandardError, double HalfWidth, double UnpairedStandardError, double UnpairedHalfWidth, int Pairs)
{
    public double Low => Difference - HalfWidth;

    public double High => Difference + HalfWidth;

    /// <summary>B over A, less 1; null when A is 0.</summary>
    public double? RelativeChange => A == 0 ? null : (B / A) - 1;

    /// <summary>Mean of the differences of pairs, t with n-1 degrees. At least 2 pairs.</summary>
    public static PairedComparison OfMeans(IReadOnlyList<double> a, IReadOnlyList<double> b)
    {
        // The mean is the ratio of sums to a count of 1 per pair: the same formulas serve both.
        var ones = Enumerable.Repeat(1.0, a.Count).ToArray();
        return OfRatios(a, ones, b, ones, 1);
    }

    /// <summary>Difference of two ratios of sums over the same blocks; paired linearised influence d_i = dA_i - dB_i, t with B-1 degrees.</summary>
    /// <param name="sumsA">A's numerators, for example cost.</param>
    /// <param name="countsA">A's denominators, for example successes.</param>
    /// <param name="sumsB">B's numerators.</param>
    /// <param name="countsB">B's denominators.</param>
    /// <param name="scale">1000 for "per 1000".</param>
    public static PairedComparison OfRatios(IReadOnlyList<double> sumsA, IReadOnlyList<double> countsA, IReadOnlyList<double> sumsB, IReadOnlyList<double> countsB, double scale)
    {
        var (ofA, ofB) = (RatioInterval.Influence(sumsA, countsA, scale), RatioInterval.Influence(sumsB, countsB, scale));
        var (a, b) = (scale * sumsA.Sum() / countsA.Sum(), scale * sumsB.Sum() / countsB.Sum());
        var paired = RatioInterval.StandardErrorOf([.. ofA.Zip(ofB, (x, y) => x - y)]);
        var (errorA, errorB) = (RatioInterval.StandardErrorOf(ofA), RatioInterval.StandardErrorOf(ofB));
        var unpaired = Math.Sqrt((errorA * errorA) + (errorB * errorB));
        return new PairedComparison(
            a, b, a - b, paired, StudentT.Factor(ofA.Length - 1) * paired, unpaired, unpaired == 0 ? 0 : StudentT.Factor(Welch(errorA, errorB, ofA.Length)) * unpaired, ofA.Length);
    }

    /// <summary>Degrees of freedom of Welch and Satterthwaite for two samples of the same size.</summary>
    private static double Welch(double errorA, double errorB, int count)
    {
        var (a, b) = (errorA * errorA, errorB * errorB);
        return (count - 1) * (a + b) * (a + b) / ((a * a) + (b * b));
    }
}
