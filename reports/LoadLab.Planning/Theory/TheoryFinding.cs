namespace LoadLab.Planning.Theory;

public enum TheoryVerdict
{
    /// <summary>The oracle lies in the interval, which is narrow enough and of batches that are long enough.</summary>
    Holds,

    /// <summary>The oracle lies outside of the interval.</summary>
    Outside,

    /// <summary>The interval is wider than asked for.</summary>
    TooWide,

    /// <summary>Neighbouring batches are alike: the interval says too little.</summary>
    BatchesTooShort,

    /// <summary>The closed form does not give the printed value.</summary>
    NotAsPrinted,
}

/// <summary>What the simulation, or for a formula alone the arithmetic, makes of one oracle.</summary>
/// <param name="Group">Chapter of the row.</param>
/// <param name="Row">The queue.</param>
/// <param name="Oracle">What theory knows.</param>
/// <param name="Calls">Simulated calls behind the estimate, warm-up left out; 0 for a formula alone.</param>
/// <param name="Estimate">Null for a formula alone.</param>
/// <param name="Allowed">Largest half-width, as a share of the value.</param>
public sealed record TheoryFinding(string Group, string Row, Oracle Oracle, long Calls, Estimate? Estimate, double Allowed)
{
    public TheoryVerdict Verdict => !Oracle.AsPrinted ? TheoryVerdict.NotAsPrinted
        : Estimate is not { } estimate ? TheoryVerdict.Holds
        : Oracle.Bound ? (estimate.Low <= Oracle.Value ? TheoryVerdict.Holds : TheoryVerdict.Outside)
        : !estimate.Holds(Oracle.Value) ? TheoryVerdict.Outside
        : estimate.Precision > Allowed ? TheoryVerdict.TooWide
        : !estimate.BatchesLongEnough ? TheoryVerdict.BatchesTooShort
        : TheoryVerdict.Holds;

    /// <summary>Estimate over oracle, less 1; null for a formula alone.</summary>
    public double? Error => Estimate is { } estimate ? (estimate.Value / Oracle.Value) - 1 : null;

    public override string ToString() => Estimate is { } estimate
        ? FormattableString.Invariant($"{Row}, {Oracle.Name}: {Verdict}; oracle {Oracle.Value:g7} (printed {Oracle.Printed}), simulated {estimate.Value:g7} in [{estimate.Low:g7}, {estimate.High:g7}], half-width {100 * estimate.Precision:0.00} % of at most {100 * Allowed:0} %, lag-1 {estimate.Lag1:0.000} of {estimate.Batches} batches, {Calls} calls")
        : FormattableString.Invariant($"{Row}, {Oracle.Name}: {Verdict}; oracle {Oracle.Value:g9} (printed {Oracle.Printed})");
}
