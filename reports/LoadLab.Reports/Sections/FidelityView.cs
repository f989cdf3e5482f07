using LoadLab.Planning;

namespace LoadLab.Reports;

/// <summary>How far the simulator was from a recorded run, or from the repeats of one.</summary>
/// <param name="Run">Name of the run.</param>
/// <param name="Device">What its calls ran on.</param>
/// <param name="ProfileRealCalls">Real calls behind the profile.</param>
/// <param name="RunRealCalls">Real calls of the runs compared with.</param>
/// <param name="Replications">Simulations averaged, of each run.</param>
/// <param name="CalibratedOnThisRun">Whether the profile has seen this run: then the errors flatter.</param>
/// <param name="Rows">Each predicted figure beside the measured one.</param>
public sealed record FidelityView(string Run, string Device, int ProfileRealCalls, int RunRealCalls, int Replications, bool CalibratedOnThisRun, IReadOnlyList<FidelityRow> Rows)
{
    /// <summary>Recorded runs that were averaged.</summary>
    public int Repeats { get; init; } = 1;

    /// <summary>What to believe.</summary>
    public string Wording =>
        $"{Replications} simulations {(Repeats > 1 ? $"of each of {Repeats} repeats " : "")}against {RunRealCalls} real calls of {Run} on {Device}; {ProfileRealCalls} real calls behind the profile, {(CalibratedOnThisRun ? "these among them: the errors flatter" : "none of them from this run")}";

    /// <summary>What the last two columns are.</summary>
    public static string Naive =>
        "service time only: nobody waits; queue formula: Allen and Cunneen's G/G/c (Lee and Longton's M/G/c for Poisson arrivals), its moments fitted to the schedule and the profile; infinite where the load exceeds the servers";

    public static IReadOnlyList<string> Head(bool repeats) =>
        ["figure", "measured", .. repeats ? ["run to run (CV)", "95 % interval"] : Array.Empty<string>(), "predicted (simulated)", "least to greatest", "error", "bias", "service time only", "error", "queue formula", "error"];

    /// <summary>The table's cells, under <see cref="Head"/>.</summary>
    public IEnumerable<IReadOnlyList<string>> Cells() => Rows.Select(row => (IReadOnlyList<string>)
    [
        row.Name, In(row, row.Measured),
        .. Repeats > 1 ? [row.Spread is { } spread ? Show.Share(spread) : "–", row.Interval is { } half ? $"±{In(row, half)}" : "–"] : Array.Empty<string>(),
        In(row, row.Predicted), $"{In(row, row.Low)} to {In(row, row.High)}", Change(row.RelativeError), row.Bias is { } bias ? $"{(bias < 0 ? "-" : "+")}{In(row, Math.Abs(bias))}" : "–",
        In(row, row.ServiceOnly), Change(row.ServiceOnlyError), In(row, row.QueueFormula), Change(row.QueueFormulaError),
    ]);

    private static string Change(double? error) => error is { } share ? Show.Change(share) : "–";

    private static string In(FidelityRow row, double value) => row.Unit switch
    {
        "share" => Show.Share(value),
        "s" => Show.Seconds(value),
        _ => $"{Show.Number(value)}/s",
    };
}

internal static class FidelitySection
{
    public static void Add(HtmlPage page, FidelityView view)
    {
        page.Evidence("simulated", view.Wording);
        page.Table(FidelityView.Head(view.Repeats > 1), view.Cells());
        page.Note(FidelityView.Naive);
    }
}
