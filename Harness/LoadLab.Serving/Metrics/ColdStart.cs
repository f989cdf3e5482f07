using LoadLab.Core;

namespace LoadLab.Serving.Metrics;

/// <summary>
/// What it took until a replica without a model gave its first clips, in segments: provisioned to ready, load to loaded, and the first batch, which is slower
/// than those after it.
/// </summary>
public sealed record ColdStart
{
    public required ReplicaId Replica { get; init; }

    public required ReplicaKind Kind { get; init; }

    public required ModelId Model { get; init; }

    /// <summary>Null for a replica that stood ready already and loads again or another model.</summary>
    public Instant? Provisioned { get; init; }

    /// <summary>When it took work; null with <see cref="Provisioned"/>.</summary>
    public Instant? Ready { get; init; }

    /// <summary>When the load was asked for.</summary>
    public required Instant Load { get; init; }

    public required Instant Loaded { get; init; }

    /// <summary>Start of the first batch that ended well; null before.</summary>
    public Instant? FirstStart { get; init; }

    public Instant? FirstEnd { get; init; }

    /// <summary>Later batches of the first one's key, stage and number of jobs that the penalty is measured against: the first <see cref="MaxFollowing"/>.</summary>
    public int Following { get; init; }

    /// <summary>The first batch's time minus the median of the following ones; null while there is none.</summary>
    public Duration? FirstCallPenalty { get; init; }

    public const int MaxFollowing = 31;
}
