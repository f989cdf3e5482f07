using LoadLab.Fleet;

namespace LoadLab.Planning;

/// <summary>One figure of one scenario, measured in one or more repeats and predicted for each of them. Times in seconds.</summary>
/// <param name="Name">For example p95 latency.</param>
/// <param name="Unit">s, share or calls/s.</param>
/// <param name="Measured">Mean over the repeats.</param>
/// <param name="Predicted">Mean over the repeats of what their simulations gave.</param>
/// <param name="Low">Least of the simulations.</param>
/// <param name="High">Greatest of the simulations.</param>
/// <param name="ServiceOnly">Predicted by the service time alone: nobody waits.</param>
/// <param name="QueueFormula">Predicted by the formula of a queue with fitted moments; infinite where the load exceeds the servers.</param>
public sealed record FidelityRow(string Name, string Unit, double Measured, double Predicted, double Low, double High, double ServiceOnly, double QueueFormula)
{
    /// <summary>Standard deviation over the repeats as a share of their mean; null for one run.</summary>
    public double? Spread { get; init; }

    /// <summary>Half-width of the 95 % interval of the repeats' mean, by Student's t; null for one run.</summary>
    public double? Interval { get; init; }

    /// <summary>Predicted less measured, in the figure's unit; null when either is not finite.</summary>
    public double? Bias => double.IsFinite(Measured) && double.IsFinite(Predicted) ? Predicted - Measured : null;

    /// <summary>Predicted / measured - 1; null when either is not finite.</summary>
    public double? RelativeError => ErrorOf(Predicted);

    /// <summary>The same of <see cref="ServiceOnly"/>.</summary>
    public double? ServiceOnlyError => ErrorOf(ServiceOnly);

    /// <summary>The same of <see cref="QueueFormula"/>.</summary>
    public double? QueueFormulaError => ErrorOf(QueueFormula);

    /// <summary><see cref="Interval"/> as a share of what was measured.</summary>
    public double? RelativeInterval => Interval is { } half && Measured > 0 ? half / Measured : null;

    /// <summary>The rows of one scenario from its repeats, which have the same figures in the same order; at least one.</summary>
    public static IReadOnlyList<FidelityRow> Of(IReadOnlyList<FidelityReport> repeats) =>
        [.. repeats[0].Lines.Select((line, i) => Of(line, [.. repeats.Select(repeat => repeat.Lines[i])]))];

    private static FidelityRow Of(FidelityLine first, IReadOnlyList<FidelityLine> lines)
    {
        var measured = lines.Average(line => line.Recorded);
        var row = new FidelityRow(
            first.Name, first.Unit, measured, lines.Average(line => line.Simulated), lines.Min(line => line.Low), lines.Max(line => line.High),
            lines.Average(line => line.ServiceOnly), lines.Average(line => line.QueueFormula));
        if (lines.Count < 2 || !double.IsFinite(measured))
        {
            return row;
        }

        var deviation = Math.Sqrt(lines.Sum(line => (line.Recorded - measured) * (line.Recorded - measured)) / (lines.Count - 1));
        return row with
        {
            Spread = measured > 0 ? deviation / measured : null,
            Interval = StudentT.Factor(lines.Count - 1) * deviation / Math.Sqrt(lines.Count),
        };
    }

    private double? ErrorOf(double predicted) => double.IsFinite(Measured) && double.IsFinite(predicted) && Measured != 0 ? (predicted - Measured) / Measured : null;
}
