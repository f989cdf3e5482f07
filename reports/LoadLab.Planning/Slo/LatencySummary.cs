using System.Globalization;
using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Planning;

/// <summary>
/// Latency in seconds over planned calls by nearest rank; a call that did not complete counts as infinite, so a percentile is null when too many did not.
/// </summary>
/// <param name="MeanOfCompleted">The one figure over completed calls only: no mean survives an infinite value.</param>
public sealed record LatencySummary(Figure P50, Figure P90, Figure P95, Figure P99, Figure MaxOfCompleted, Figure MeanOfCompleted)
{
    private const string NoneCompleted = "no call completed";

    public static LatencySummary Of(IReadOnlyList<CallRecord> planned)
    {
        var all = Sorted(planned);
        var completed = all.Where(double.IsFinite).ToList();
        return new LatencySummary(
            At(all, 0.5),
            At(all, 0.9),
            At(all, 0.95),
            At(all, 0.99),
            Figure.Of(completed.Count > 0 ? completed[^1] : double.NaN, NoneCompleted),
            Figure.Of(completed.Count > 0 ? completed.Average() : double.NaN, NoneCompleted));
    }

    /// <summary>From histograms: percentiles are at most 0.1 % too high; mean and maximum are exact.</summary>
    public static LatencySummary Of(TierTally calls) => new(
        calls.LatencyFigure(0.5),
        calls.LatencyFigure(0.9),
        calls.LatencyFigure(0.95),
        calls.LatencyFigure(0.99),
        Figure.Of(calls.Latency.Count > 0 ? calls.Latency.Max.Seconds : double.NaN, NoneCompleted),
        Figure.Of(calls.Latency.MeanSeconds, NoneCompleted));

    /// <summary>Latencies in seconds, ascending; infinite for calls that did not complete.</summary>
    internal static IReadOnlyList<double> Sorted(IEnumerable<CallRecord> planned) =>
        [.. planned.Select(call => call.Latency?.Seconds ?? double.PositiveInfinity).Order()];

    internal static Figure At(IReadOnlyList<double> sorted, double share) => Figure.Of(Percentile.OfSorted(sorted, share), Why(sorted.Count(double.IsInfinity), sorted.Count));

    internal static string Why(long missing, long planned) =>
        planned == 0 ? "no call was planned" : string.Create(CultureInfo.InvariantCulture, $"infinite: {missing} of {planned} planned calls did not complete");
}
