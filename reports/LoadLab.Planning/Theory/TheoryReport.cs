namespace LoadLab.Planning.Theory;

/// <summary>The table, played.</summary>
public sealed record TheoryReport
{
    /// <summary>What to believe of the figures.</summary>
    public required string Wording { get; init; }

    public required ulong Seed { get; init; }

    /// <summary>Real calls behind it: none, for every time is a law's.</summary>
    public int RealCalls { get; init; }

    public required long SimulatedCalls { get; init; }

    public required IReadOnlyList<TheoryLine> Lines { get; init; }

    public bool AllHold => Lines.All(line => line.Verdict == TheoryVerdict.Holds);

    public static TheoryReport Of(IReadOnlyList<TheoryFinding> findings, TheoryPrecision precision)
    {
        // Figures of one row share its calls.
        var calls = findings.GroupBy(finding => (finding.Group, finding.Row)).Sum(row => row.Max(finding => finding.Calls));
        return new TheoryReport
        {
            Wording = FormattableString.Invariant($"simulated, 0 real calls behind it; 99.9 % intervals by batch means of a half-width of at most {100 * precision.Narrow:0} % for means, {100 * precision.Wide:0} % for tails, percentiles and loads above 0.8"),
            Seed = TheoryPlay.CommonSeed,
            SimulatedCalls = calls,
            Lines = [.. findings.Select(TheoryLine.Of)],
        };
    }
}

/// <summary>One figure: what theory says, what the simulation found.</summary>
/// <param name="Group">Chapter.</param>
/// <param name="Row">The queue.</param>
/// <param name="Figure">What is compared.</param>
/// <param name="Oracle">By the closed form.</param>
/// <param name="Printed">As published, with its digits.</param>
/// <param name="Calls">Simulated calls; 0 for arithmetic alone.</param>
/// <param name="Estimate">Null for arithmetic alone.</param>
/// <param name="Low">Of the 99.9 % interval.</param>
/// <param name="High">Of the 99.9 % interval.</param>
/// <param name="HalfWidth">As a share of the estimate.</param>
/// <param name="Error">Estimate over oracle, less 1.</param>
/// <param name="Lag1">Correlation of neighbouring batches.</param>
/// <param name="Verdict">Of the comparison.</param>
public sealed record TheoryLine(
    string Group, string Row, string Figure, double Oracle, string Printed, long Calls, double? Estimate, double? Low, double? High, double? HalfWidth, double? Error, double? Lag1, TheoryVerdict Verdict)
{
    internal static TheoryLine Of(TheoryFinding finding) => new(
        finding.Group,
        finding.Row,
        finding.Oracle.Name,
        finding.Oracle.Value,
        finding.Oracle.Printed,
        finding.Calls,
        finding.Estimate?.Value,
        finding.Estimate?.Low,
        finding.Estimate?.High,
        finding.Estimate?.Precision,
        finding.Error,
        finding.Estimate?.Lag1,
        finding.Verdict);
}

public static class TheoryVerdicts
{
    public static string Words(this TheoryVerdict verdict) => verdict switch
    {
        TheoryVerdict.Holds => "holds",
        TheoryVerdict.Outside => "outside",
        TheoryVerdict.TooWide => "interval too wide",
        TheoryVerdict.BatchesTooShort => "batches too short",
        _ => "not the printed value",
    };
}
