using System.Text.Json.Serialization;
using LoadLab.Core;

namespace LoadLab.Planning;

/// <summary>What one policy did with one seed. Percentiles run over planned calls and are infinite where too many did not complete; JSON writes those as named literals.</summary>
[JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)]
public sealed record AbFigures
{
    public required int Planned { get; init; }

    public required int Completed { get; init; }

    public required decimal Cost { get; init; }

    public required double GpuHours { get; init; }

    public required double P50Seconds { get; init; }

    public required double P95Seconds { get; init; }

    public required double P99Seconds { get; init; }

    /// <summary>Completed in time / planned; NaN without a planned call.</summary>
    public required double Goodput { get; init; }

    /// <summary>Replicas added after the start and given back before the end.</summary>
    public required int ScaleActions { get; init; }

    internal static AbFigures Of(AbReplay replay, ReplicaGpus gpus, PriceOptions price, SloOptions slo)
    {
        var sorted = LatencySummary.Sorted(replay.Calls);
        var bill = Bill.Of(replay.Usage, gpus, price);
        return new AbFigures
        {
            Planned = replay.Calls.Count,
            Completed = replay.Calls.Count(call => call.Outcome == Outcome.Completed),
            Cost = bill.Total,
            GpuHours = bill.Provisioned.Seconds / 3600,
            P50Seconds = Percentile.OfSorted(sorted, 0.5),
            P95Seconds = Percentile.OfSorted(sorted, 0.95),
            P99Seconds = Percentile.OfSorted(sorted, 0.99),
            Goodput = Planning.Goodput.Of(replay.Calls, slo),
            ScaleActions = ScaleActionsOf(replay),
        };
    }

    /// <summary>The replicas that come first, together, are the fleet's start and no action.</summary>
    private static int ScaleActionsOf(AbReplay replay)
    {
        var start = replay.Usage.Count > 0 ? replay.Usage.Min(usage => usage.Provisioned) : Instant.Zero;
        return replay.Usage.Count(usage => usage.Provisioned > start) + replay.Usage.Count(usage => usage.Gone < replay.End);
    }
}

/// <summary>Both sides of one seed.</summary>
public sealed record AbSeedRow(ulong Seed, string ScheduleSha256, AbFigures A, AbFigures B);
