using System.Text.Json.Serialization;
using LoadLab.Core;
using LoadLab.Core.Runs;
using MathNet.Numerics.Statistics;

namespace LoadLab.Planning;

/// <summary>One figure over all replications.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Mean">Over the replications; null where one of them has no finite value.</param>
/// <param name="HalfWidth">Of the 95 % interval of the mean by Student's t; null with one replication, or without a mean.</param>
/// <param name="Least">Of all replications.</param>
/// <param name="Greatest">Of all replications.</param>
[JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)]
public sealed record ReplicatedFigure(string Name, string Unit, Figure Mean, double? HalfWidth, double Least, double Greatest)
{
    internal static ReplicatedFigure Of(string name, string unit, IReadOnlyList<double> values)
    {
        var infinite = values.Count(value => !double.IsFinite(value));
        var finite = infinite == 0;
        return new ReplicatedFigure(
            name,
            unit,
            finite ? new Figure(values.Average()) : new Figure(null, $"not finite in {infinite} of {values.Count} replications"),
            finite && values.Count > 1 ? StudentT.Factor(values.Count - 1) * values.StandardDeviation() / Math.Sqrt(values.Count) : null,
            values.Min(),
            values.Max());
    }
}

/// <summary>A simulated scenario with independent draws: each figure with its interval, and the percentiles of all calls together.</summary>
public sealed record ReplicationReport
{
    public required int Replications { get; init; }

    public required IReadOnlyList<ReplicatedFigure> Figures { get; init; }

    /// <summary>Calls of all replications, and count by outcome word.</summary>
    public required long Planned { get; init; }

    public required IReadOnlyDictionary<string, long> Outcomes { get; init; }

    /// <summary>Latency over the planned calls of all replications together, from the merged histograms: at most 0.1 % too high.</summary>
    public required PooledLatency Pooled { get; init; }

    /// <summary>In order of number; replication 0 is the run of the scenario's own seed.</summary>
    public required IReadOnlyList<ReplicationRow> Rows { get; init; }

    /// <param name="rows">In order of number; at least 1.</param>
    /// <param name="all">The merged tally of all replications.</param>
    public static ReplicationReport Of(IReadOnlyList<ReplicationRow> rows, CallTally all)
    {
        var calls = all.Whole;
        return new ReplicationReport
        {
            Replications = rows.Count,
            Figures = [.. FiguresOf(rows)],
            Planned = calls.Planned,
            Outcomes = Enum.GetValues<Outcome>().ToDictionary(Words.Of, calls.Of),
            Pooled = new PooledLatency(calls.LatencyFigure(0.5), calls.LatencyFigure(0.9), calls.LatencyFigure(0.95), calls.LatencyFigure(0.99), calls.LatencyFigure(0.999)),
            Rows = rows,
        };
    }

    private static IEnumerable<ReplicatedFigure> FiguresOf(IReadOnlyList<ReplicationRow> rows)
    {
        yield return Of("mean latency of completed calls", "s", row => row.MeanSeconds);
        yield return Of("p50 latency over planned calls", "s", row => row.P50Seconds);
        yield return Of("p95 latency over planned calls", "s", row => row.P95Seconds);
        yield return Of("p99 latency over planned calls", "s", row => row.P99Seconds);
        yield return Of("mean wait", "s", row => row.MeanWaitSeconds);
        yield return Of("goodput", "share", row => row.Goodput);
        yield return Of("throughput", "calls/s", row => row.ThroughputPerSecond);
        yield return Of("busy share", "share", row => row.BusyShare);
        yield return Of("GPU-hours", "h", row => row.GpuHours);
        if (rows.All(row => row.CostPerThousand is not null))
        {
            yield return Of("cost per 1000 completed", "USD", row => row.CostPerThousand!.Value);
        }

        ReplicatedFigure Of(string name, string unit, Func<ReplicationRow, double> figure) => ReplicatedFigure.Of(name, unit, [.. rows.Select(figure)]);
    }
}

/// <summary>Latency percentiles of many runs' calls together; null where too many did not complete.</summary>
public sealed record PooledLatency(Figure P50, Figure P90, Figure P95, Figure P99, Figure P999);
