using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Serving;

namespace LoadLab.Planning;

/// <summary>What a cost is computed from.</summary>
public sealed record CostBasis
{
    /// <summary>Where each replica's provisioned time went; one GPU each.</summary>
    public required IReadOnlyList<ReplicaUsage> Usage { get; init; }

    /// <summary>One row per planned call.</summary>
    public required IReadOnlyList<CallRecord> Calls { get; init; }

    public required PriceOptions Price { get; init; }

    public required Evidence Evidence { get; init; }

    /// <summary>What the work ran on, or for a simulated run what its profile was measured on.</summary>
    public required string Device { get; init; }

    /// <summary>Whether <see cref="Device"/> is a processor: then no GPU was rented and the money is "priced as if".</summary>
    public required bool DeviceIsCpu { get; init; }

    /// <summary>Completed calls that a real model served: in this run, or behind its profile.</summary>
    public required int RealCalls { get; init; }
}
