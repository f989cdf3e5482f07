namespace LoadLab.Reports;

/// <summary>How far the simulator was from a recorded run.</summary>
/// <param name="Run">Name of the run.</param>
/// <param name="Device">What its calls ran on.</param>
/// <param name="ProfileRealCalls">Real calls behind the profile.</param>
/// <param name="RunRealCalls">Real calls of the run compared with.</param>
/// <param name="Replications">Simulations averaged.</param>
/// <param name="CalibratedOnThisRun">Whether the profile has seen this run: then the errors flatter.</param>
/// <param name="Rows">Each predicted figure beside the measured one.</param>
public sealed record FidelityView(string Run, string Device, int ProfileRealCalls, int RunRealCalls, int Replications, bool CalibratedOnThisRun, IReadOnlyList<FidelityRow> Rows)
{
    /// <summary>What to believe.</summary>
    public string Wording =>
        $"{Replications} simulations against {RunRealCalls} real calls of {Run} on {Device}; {ProfileRealCalls} real calls behind the profile, {(CalibratedOnThisRun ? "these among them: the errors flatter" : "none of them from this run")}";
}

/// <param name="Name">For example p95 latency.</param>
/// <param name="Unit">s or share.</param>
/// <param name="Measured">In the recorded run.</param>
/// <param name="Predicted">Mean over the simulations.</param>
/// <param name="Low">Least of the simulations.</param>
/// <param name="High">Greatest of the simulations.</param>
/// <param name="RelativeError">Predicted / measured - 1; null when either is not finite.</param>
public sealed record FidelityRow(string Name, string Unit, double Measured, double Predicted, double Low, double High, double? RelativeError)
{
    public string Show(double value) => Unit == "share" ? Reports.Show.Share(value) : Reports.Show.Seconds(value);
}

internal static class FidelitySection
{
    public static void Add(HtmlPage page, FidelityView view)
    {
        page.Evidence("simulated", view.Wording);
        page.Table(
            ["figure", "measured", "predicted (simulated)", "least to greatest", "error"],
            view.Rows.Select(row => (IReadOnlyList<string>)
            [
                row.Name, row.Show(row.Measured), row.Show(row.Predicted), $"{row.Show(row.Low)} to {row.Show(row.High)}", row.RelativeError is { } error ? Show.Change(error) : "–",
            ]));
    }
}
