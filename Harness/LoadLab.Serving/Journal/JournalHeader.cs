using LoadLab.Core;
using LoadLab.Serving.Autoscaling;

namespace LoadLab.Serving.Journal;

/// <summary>Line 1 of decisions.jsonl: all that is needed to build the same core again.</summary>
public sealed record JournalHeader
{
    /// <summary><see cref="ServingCore.Version"/> of the writer.</summary>
    public int Core { get; init; } = ServingCore.Version;

    public required ServingOptions Serving { get; init; }

    public required AutoscalerOptions Autoscaler { get; init; }

    /// <summary>Seed of the run.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Instant zero on the host's monotonic clock, nanoseconds; 0 in simulation.</summary>
    public required long EpochNs { get; init; }

    /// <summary>A new core of this configuration.</summary>
    public ServingCore CreateCore() => new(Serving, Autoscaler, new Seed(Seed));
}
