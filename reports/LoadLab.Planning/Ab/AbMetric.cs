using System.Globalization;

namespace LoadLab.Planning;

/// <summary>One figure of both policies over all seeds.</summary>
public sealed record AbMetric
{
    public required string Name { get; init; }

    public required string Unit { get; init; }

    /// <summary>A minus B by pairs; null when a seed has no finite value on one side, or there is only one seed.</summary>
    public required PairedComparison? Paired { get; init; }

    /// <summary>Mean over seeds; for costs per 1000 the ratio of sums.</summary>
    public required Figure A { get; init; }

    public required Figure B { get; init; }

    /// <summary>A lower, B lower or no difference shown.</summary>
    public required string Verdict { get; init; }

    /// <summary>How the verdict was reached.</summary>
    public required string By { get; init; }

    private const string NoDifference = "no difference shown";

    internal static AbMetric OfMeans(string name, string unit, IReadOnlyList<double> a, IReadOnlyList<double> b)
    {
        var finite = a.All(double.IsFinite) && b.All(double.IsFinite);
        return finite && a.Count > 1
            ? Of(name, unit, PairedComparison.OfMeans(a, b))
            : BySign(name, unit, a, b);
    }

    internal static AbMetric OfRatios(string name, string unit, double[] sumsA, double[] countsA, double[] sumsB, double[] countsB, double scale)
    {
        if (sumsA.Length > 1 && countsA.Sum() > 0 && countsB.Sum() > 0)
        {
            return Of(name, unit, PairedComparison.OfRatios(sumsA, countsA, sumsB, countsB, scale));
        }

        // 0 / 0, nothing spent and nothing completed, is as bad as anything: infinite.
        return BySign(name, unit, Ratios(sumsA, countsA), Ratios(sumsB, countsB));

        double[] Ratios(double[] sums, double[] counts) => [.. sums.Zip(counts, (sum, count) => count > 0 ? scale * sum / count : double.PositiveInfinity)];
    }

    private static AbMetric Of(string name, string unit, PairedComparison paired) => new()
    {
        Name = name,
        Unit = unit,
        Paired = paired,
        A = new Figure(paired.A),
        B = new Figure(paired.B),
        Verdict = paired.High < 0 ? "A lower" : paired.Low > 0 ? "B lower" : NoDifference,
        By = string.Create(CultureInfo.InvariantCulture, $"95 % t interval of {paired.Pairs} paired differences"),
    };

    private static AbMetric BySign(string name, string unit, IReadOnlyList<double> a, IReadOnlyList<double> b)
    {
        var lower = a.Zip(b).Count(pair => pair.First < pair.Second);
        var higher = a.Zip(b).Count(pair => pair.First > pair.Second);
        var chance = SignTest.Probability(lower, higher);
        return new AbMetric
        {
            Name = name,
            Unit = unit,
            Paired = null,
            A = MeanOf(a),
            B = MeanOf(b),
            Verdict = chance > 0.05 ? NoDifference : lower > higher ? "A lower" : "B lower",
            By = string.Create(CultureInfo.InvariantCulture, $"sign test: A lower in {lower}, B lower in {higher} of {a.Count} seeds, chance {chance:0.###}"),
        };
    }

    private static Figure MeanOf(IReadOnlyList<double> values) =>
        Figure.Of(values.Average(), string.Create(CultureInfo.InvariantCulture, $"not finite in {values.Count(value => !double.IsFinite(value))} of {values.Count} seeds"));
}
