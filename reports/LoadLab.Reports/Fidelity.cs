namespace LoadLab.Reports;

/// <summary>How far the simulator was from a recorded run that it had not been calibrated on.</summary>
/// <param name="Run">Name of the run.</param>
/// <param name="CalibrationCalls">Real calls behind the profile.</param>
/// <param name="MeasuredCalls">Real calls of the run compared with.</param>
/// <param name="Device">What they ran on.</param>
/// <param name="Rows">Each predicted figure beside the measured one.</param>
public sealed record FidelityView(string Run, int CalibrationCalls, int MeasuredCalls, string Device, IReadOnlyList<FidelityRow> Rows);

/// <param name="Name">For example p95 latency.</param>
/// <param name="Unit">s or share.</param>
public sealed record FidelityRow(string Name, string Unit, double Measured, double Predicted)
{
    public double RelativeError => (Predicted / Measured) - 1;
}

internal static class FidelitySection
{
    public static void Add(HtmlPage page, FidelityView view)
    {
        page.Evidence("simulated", $"against {view.MeasuredCalls} real calls of {view.Run} on {view.Device}, from a profile of {view.CalibrationCalls} other real calls");
        page.Table(
            ["figure", "measured", "predicted (simulated)", "error"],
            view.Rows.Select(row => (IReadOnlyList<string>)[row.Name, Value(row.Measured, row.Unit), Value(row.Predicted, row.Unit), Show.Change(row.RelativeError)]));
    }

    private static string Value(double value, string unit) => unit == "s" ? Show.Seconds(value) : unit == "share" ? Show.Share(value) : $"{Show.Number(value)} {unit}";
}
