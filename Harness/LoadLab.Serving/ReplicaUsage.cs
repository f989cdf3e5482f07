using LoadLab.Core;

namespace LoadLab.Serving;

/// <summary>
/// Where one replica's provisioned time went, in GPU-seconds. Busy + idle + load + drain + down = provisioned, to the nanosecond: idle is what is left.
/// </summary>
public sealed record ReplicaUsage
{
    public required ReplicaId Replica { get; init; }

    public required ReplicaKind Kind { get; init; }

    /// <summary>Money starts here.</summary>
    public required Instant Provisioned { get; init; }

    /// <summary>Money ends here; the end of the run for a replica that outlived it.</summary>
    public required Instant Gone { get; init; }

    /// <summary>Running batches.</summary>
    public required Duration Busy { get; init; }

    /// <summary>The part of <see cref="Busy"/> spent on attempts that failed and on clips that were refused; a batch's time counts in equal parts to its jobs.</summary>
    public Duration Wasted { get; init; }

    /// <summary>From provisioned to ready, and loading or warming models.</summary>
    public required Duration Load { get; init; }

    /// <summary>The part of <see cref="Load"/> before it was ready to load a model.</summary>
    public Duration Boot { get; init; }

    /// <summary>Told to go, not busy and not yet gone.</summary>
    public required Duration Drain { get; init; }

    /// <summary>Broken and under repair.</summary>
    public required Duration Down { get; init; }

    public Duration Total => Gone - Provisioned;

    public Duration Idle => Total - Busy - Load - Drain - Down;
}
