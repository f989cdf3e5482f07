using LoadLab.Planning.Theory;

namespace LoadLab.Theory.Tests;

/// <summary>Every row of the table of oracles: its closed form against the printed value, its simulation against the closed form, one seed for all.</summary>
public sealed class OracleTests
{
    private static readonly Lazy<Dictionary<string, TheoryFinding>> s_findings = new(() =>
        TheoryPlay.Play(TheoryTable.Rows, TheoryPrecision.Test, threads: 2).ToDictionary(Name));

    public static TheoryData<string> Figures => [.. TheoryTable.Rows.SelectMany(row => row.Oracles.Select(oracle => Name(row.Name, oracle)))];

    [Theory]
    [MemberData(nameof(Figures))]
    public void Simulation_agrees_with_theory(string figure)
    {
        var finding = s_findings.Value[figure];
        Assert.True(finding.Verdict == TheoryVerdict.Holds, finding.ToString());
    }

    [Theory]
    [MemberData(nameof(Figures))]
    public void Closed_form_gives_the_printed_value(string figure)
    {
        var oracle = TheoryTable.Rows.SelectMany(row => row.Oracles.Where(oracle => Name(row.Name, oracle) == figure)).Single();
        Assert.True(oracle.AsPrinted, $"{oracle.Value:g10} is not {oracle.Printed}");
    }

    [Fact]
    public void Inoues_bound_is_never_below_the_exact_sojourn()
    {
        foreach (var (rate, fixedS, slopeS) in new[] { (1.0, 1.0, 0.5), (0.5, 1, 0.5), (0.8, 2, 0.1), (1.5, 0.2, 0.5), (0.3, 0.5, 2) })
        {
            var exact = BulkService.Of(rate, 1, 500, m => fixedS + (slopeS * m)).Sojourn;
            var bound = QueueFormulas.InoueBound(rate, fixedS, slopeS);
            Assert.True(exact <= bound && bound < 1.2 * exact, $"rate {rate}, {fixedS} + {slopeS} m: exact {exact}, bound {bound}");
        }
    }

    [Fact]
    public void Exact_chains_agree_with_the_closed_forms_that_they_contain()
    {
        Assert.Equal(QueueFormulas.PollaczekKhinchine(0.8, 1, 1) + 1, BulkService.Of(0.8, 1, 1, _ => 1).Sojourn, 1e-9);
        Assert.Equal(QueueFormulas.ErlangC(3.2, 1, 4), 1 - Enumerable.Range(0, 4).Sum(n => Chance(n)), 1e-9);

        // M/M/4 with so many places that none is refused.
        static double Chance(int n)
        {
            var weights = new double[400];
            weights[0] = 1;
            for (var i = 1; i < weights.Length; i++)
            {
                weights[i] = weights[i - 1] * 3.2 / Math.Min(i, 4);
            }

            return weights[n] / weights.Sum();
        }
    }

    private static string Name(TheoryFinding finding) => Name(finding.Row, finding.Oracle);

    private static string Name(string row, Oracle oracle) => $"{row}: {oracle.Name}";
}
