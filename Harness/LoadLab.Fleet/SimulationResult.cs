using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Serving;

namespace LoadLab.Fleet;

/// <summary>What a simulation found; a pure function of its inputs.</summary>
public sealed record SimulationResult
{
    /// <summary>One row for every planned call, in order of index; empty when <see cref="SimulationOptions.KeepCalls"/> is off.</summary>
    public required IReadOnlyList<CallRecord> Calls { get; init; }

    /// <summary>How the planned calls ended and how long they took, with rows or without.</summary>
    public CallTally Tally { get => field ??= CallTally.Of(Calls); init; }

    /// <summary>Source server: queue.length, busy.share (over the interval), replicas (provisioned), replicas.busy; with nodes also nodes, gpus.empty and orders.waiting.</summary>
    public required IReadOnlyList<Sample> Samples { get; init; }

    /// <summary>Where each replica's provisioned time went.</summary>
    public required IReadOnlyList<ReplicaUsage> Usage { get; init; }

    /// <summary>GPU-seconds by state: of each kind of replica, of the nodes, of all.</summary>
    public required FleetUse Gpus { get; init; }

    /// <summary>What delivering at least once did; null without a broker.</summary>
    public BrokerCounts? Broker { get; init; }

    /// <summary>The end of the load or the last call's end, whichever is later; money stops here.</summary>
    public required Instant End { get; init; }

    /// <summary>Events that the core handled.</summary>
    public required long Events { get; init; }

    /// <summary>What was assumed for want of knowledge, one sentence each: print them beside the figures.</summary>
    public required IReadOnlyList<string> Assumptions { get; init; }

    /// <summary>Replica busy time over provisioned time of the whole run.</summary>
    public double BusyShare
    {
        get
        {
            var total = Usage.Sum(usage => usage.Total.Seconds);
            return total > 0 ? Usage.Sum(usage => usage.Busy.Seconds) / total : 0;
        }
    }
}
