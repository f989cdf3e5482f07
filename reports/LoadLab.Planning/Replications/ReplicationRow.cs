using System.Text.Json.Serialization;
using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Fleet;
using LoadLab.Serving;

namespace LoadLab.Planning;

/// <summary>What one replication of a simulated scenario gave. Percentiles run over planned calls and are infinite where too many did not complete; JSON writes those as named literals.</summary>
[JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)]
public sealed record ReplicationRow
{
    public required ulong Seed { get; init; }

    public required string ScheduleSha256 { get; init; }

    public required long Planned { get; init; }

    /// <summary>Count by outcome word; all six words are there.</summary>
    public required IReadOnlyDictionary<string, long> Outcomes { get; init; }

    public required double MeanSeconds { get; init; }

    public required double P50Seconds { get; init; }

    public required double P95Seconds { get; init; }

    public required double P99Seconds { get; init; }

    /// <summary>From being queued to the start of the last attempt, over completed calls.</summary>
    public required double MeanWaitSeconds { get; init; }

    /// <summary>Completed in time / planned.</summary>
    public required double Goodput { get; init; }

    /// <summary>Completed calls per second until the end.</summary>
    public required double ThroughputPerSecond { get; init; }

    public required double BusyShare { get; init; }

    public required double GpuHours { get; init; }

    /// <summary>Per 1000 completed calls; null without a price, infinite when nothing completed.</summary>
    public required double? CostPerThousand { get; init; }

    /// <param name="seed">Of the replication.</param>
    /// <param name="scheduleSha256">Of its arrivals.</param>
    /// <param name="result">With rows or without.</param>
    /// <param name="gpus">GPUs that one replica is.</param>
    /// <param name="price">Null = no bill.</param>
    public static ReplicationRow Of(Seed seed, string scheduleSha256, SimulationResult result, ReplicaGpus gpus, PriceOptions? price)
    {
        var calls = result.Tally.Whole;
        var completed = calls.Of(Outcome.Completed);
        IReadOnlyList<ReplicaUsage> usage = [.. result.Usage, .. EmptyGpus.Of(result)];
        var bill = price is null ? null : Bill.Of(usage, gpus, price);
        return new ReplicationRow
        {
            Seed = seed.Value,
            ScheduleSha256 = scheduleSha256,
            Planned = calls.Planned,
            Outcomes = Enum.GetValues<Outcome>().ToDictionary(Words.Of, calls.Of),
            MeanSeconds = calls.Latency.MeanSeconds,
            P50Seconds = calls.LatencyAt(0.5),
            P95Seconds = calls.LatencyAt(0.95),
            P99Seconds = calls.LatencyAt(0.99),
            MeanWaitSeconds = calls.Wait.MeanSeconds,
            Goodput = calls.Goodput(),
            ThroughputPerSecond = completed / (result.End - Instant.Zero).Seconds,
            BusyShare = result.BusyShare,
            GpuHours = usage.Sum(replica => replica.Total.Seconds * gpus.Of(replica)) / 3600,
            CostPerThousand = bill is null ? null : completed == 0 ? double.PositiveInfinity : 1000 * (double)bill.Total / completed,
        };
    }
}
