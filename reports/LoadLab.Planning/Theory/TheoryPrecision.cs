namespace LoadLab.Planning.Theory;

/// <summary>How exactly the table is played.</summary>
/// <param name="Runs">Independent runs of each row.</param>
/// <param name="Narrow">Largest half-width of a mean, as a share of it.</param>
/// <param name="Wide">And of tails, percentiles and loads above 0.8.</param>
public sealed record TheoryPrecision(int Runs, double Narrow, double Wide)
{
    /// <summary>Of the tests: minutes.</summary>
    public static TheoryPrecision Test { get; } = new(8, 0.03, 0.06);

    /// <summary>Of the published page: a third of the width takes nine times the calls.</summary>
    public static TheoryPrecision Strict { get; } = new(8 * 9, 0.01, 0.02);

    public double Of(Oracle oracle) => oracle.Wide ? Wide : Narrow;
}
