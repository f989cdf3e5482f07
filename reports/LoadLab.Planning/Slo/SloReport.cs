using LoadLab.Core.Runs;

namespace LoadLab.Planning;

/// <summary>Every promise of the scenario against what was measured over planned calls.</summary>
/// <param name="Met">Whether all were kept; null when nothing was promised.</param>
public sealed record SloReport(IReadOnlyList<SloTarget> Targets, bool? Met)
{
    public static SloReport Of(IReadOnlyList<CallRecord> planned, SloOptions slo)
    {
        var sorted = LatencySummary.Sorted(planned);
        return Of(slo, share => LatencySummary.At(sorted, share), Goodput.Of(planned, slo));
    }

    public static SloReport Of(TierTally planned, SloOptions slo) => Of(slo, planned.LatencyFigure, planned.Goodput());

    private static SloReport Of(SloOptions slo, Func<double, Figure> latency, double goodput)
    {
        var targets = new List<SloTarget>();
        foreach (var (name, share, bound) in new[] { ("p50", 0.5, slo.P50), ("p95", 0.95, slo.P95), ("p99", 0.99, slo.P99) })
        {
            if (bound is { } most)
            {
                var measured = latency(share);
                targets.Add(new SloTarget(name, "s", most.Seconds, measured, measured.Value <= most.Seconds));
            }
        }

        if (slo.Goodput is { } least)
        {
            var measured = Figure.Of(goodput, "no call was planned");
            targets.Add(new SloTarget("goodput", "share", least, measured, measured.Value >= least));
        }

        return new SloReport(targets, targets.Count == 0 ? null : targets.All(target => target.Met));
    }
}

/// <summary>One promise.</summary>
/// <param name="Name">p50, p95, p99 or goodput.</param>
/// <param name="Bound">Most seconds, or the least share.</param>
/// <param name="Met">False also when nothing could be measured.</param>
public sealed record SloTarget(string Name, string Unit, double Bound, Figure Measured, bool Met);
