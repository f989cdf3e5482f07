using LoadLab.Core;

namespace LoadLab.Serving.Autoscaling;

/// <summary>Decides how many replicas there should be. Told the time and a snapshot; keeps its own state and touches nothing else.</summary>
public interface IAutoscaler
{
    /// <summary>Replicas to start with.</summary>
    int Initial { get; }

    /// <summary>Time between two decisions; null for one that never changes its mind.</summary>
    Duration? Interval { get; }

    ScaleDecision Decide(Instant now, FleetSnapshot fleet);
}

/// <param name="Wanted">Replicas there should be, those on their way included and those on their way out not.</param>
/// <param name="Reason">A short code.</param>
public readonly record struct ScaleDecision(int Wanted, string Reason);

/// <summary>The fleet as seen at one instant.</summary>
public sealed record FleetSnapshot
{
    public required Instant TakenAt { get; init; }

    /// <summary>Jobs that wait.</summary>
    public required int Pending { get; init; }

    /// <summary>Replicas asked for and not told to go.</summary>
    public required int Replicas { get; init; }

    /// <summary>Of <see cref="Replicas"/>, those that take work.</summary>
    public required int Ready { get; init; }

    /// <summary>Replica busy time over provisioned time since the snapshot before; 0 when nothing was provisioned.</summary>
    public required double BusyShare { get; init; }
}
