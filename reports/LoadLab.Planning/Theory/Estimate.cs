namespace LoadLab.Planning.Theory;

/// <summary>A steady-state figure with its 99.9 % interval by batch means.</summary>
/// <param name="Value">Over all batches.</param>
/// <param name="Low">Lower end.</param>
/// <param name="High">Upper end.</param>
/// <param name="Batches">How many.</param>
/// <param name="Lag1">Correlation of neighbouring batches of a run; about 0 when they are long enough.</param>
public sealed record Estimate(double Value, double Low, double High, int Batches, double Lag1)
{
    public const double Level = 0.999;

    public double HalfWidth => (High - Low) / 2;

    /// <summary>Half-width as a share of the value.</summary>
    public double Precision => HalfWidth / Math.Abs(Value);

    /// <summary>Whether the correlation is one that independent batches show in 999 of 1000 tables of this size: 3.09 / sqrt(n), or too small to widen the interval by a twentieth.</summary>
    public bool BatchesLongEnough => Lag1 <= Math.Max(3.09 / Math.Sqrt(Batches), 0.05);

    /// <summary>Whether the value lies in the interval, rounding aside: a figure without chance has an interval without width.</summary>
    public bool Holds(double value) => value >= Low - (1e-9 * Math.Abs(value)) && value <= High + (1e-9 * Math.Abs(value));

    internal static double FactorOf(int batches) => StudentT.Factor(batches - 1, Level);

    /// <summary>Of neighbours within a run, each run having as many batches.</summary>
    internal static double LagOf(IReadOnlyList<double> influence, int runBatches)
    {
        var (pairs, products) = (0, 0.0);
        for (var i = 1; i < influence.Count; i++)
        {
            if (i % runBatches != 0)
            {
                products += influence[i] * influence[i - 1];
                pairs++;
            }
        }

        var squares = influence.Sum(d => d * d);
        return squares > 0 ? products / pairs / (squares / influence.Count) : 0;
    }
}
