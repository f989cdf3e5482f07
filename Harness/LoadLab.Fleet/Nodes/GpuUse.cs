using LoadLab.Core;
using LoadLab.Serving;

namespace LoadLab.Fleet;

/// <summary>Where GPU-seconds went. The states add up to <see cref="Total"/>.</summary>
public sealed record GpuUse
{
    /// <summary>The kind of replica; total for all together.</summary>
    public required string Kind { get; init; }

    /// <summary>Running batches.</summary>
    public GpuTime Busy { get; init; }

    /// <summary>The part of <see cref="Busy"/> that was for nothing: attempts that failed, clips that were refused, second runs of a call.</summary>
    public GpuTime Wasted { get; init; }

    public GpuTime Idle { get; init; }

    /// <summary>Waiting for a node to boot and to pull the image.</summary>
    public GpuTime Boot { get; init; }

    /// <summary>Loading and warming models.</summary>
    public GpuTime Load { get; init; }

    /// <summary>Told to go, not busy and not yet gone.</summary>
    public GpuTime Drain { get; init; }

    /// <summary>Broken, not yet repaired, and paid for.</summary>
    public GpuTime Down { get; init; }

    /// <summary>GPUs of nodes that no replica had; of the total alone.</summary>
    public GpuTime Empty { get; init; }

    public GpuTime Total => Busy + Idle + Boot + Load + Drain + Down + Empty;
}

/// <summary>One node that was ordered, and its GPU-seconds that were no replica's.</summary>
public sealed record NodeUse
{
    public required string Gpu { get; init; }

    /// <summary>Its number among the nodes of its kind of GPU, in order of order.</summary>
    public required int Node { get; init; }

    public required int Gpus { get; init; }

    /// <summary>Money starts here.</summary>
    public required Instant Provisioned { get; init; }

    /// <summary>Money ends here; as <see cref="Provisioned"/> for an order that was withdrawn or not filled before the end.</summary>
    public required Instant Gone { get; init; }

    /// <summary>GPUs that no replica had.</summary>
    public required GpuTime Empty { get; init; }

    /// <summary>GPUs under repair.</summary>
    public required GpuTime Down { get; init; }

    public GpuTime Total => new((Gone - Provisioned).Seconds * Gpus);
}

/// <summary>GPU-seconds by state: for each kind of replica, of the nodes, and of all.</summary>
public sealed record FleetUse
{
    /// <summary>In the fleet's order of kinds.</summary>
    public required IReadOnlyList<GpuUse> Kinds { get; init; }

    /// <summary>By kind of GPU, in order of order; empty when every replica is a machine of its own.</summary>
    public required IReadOnlyList<NodeUse> Nodes { get; init; }

    public required GpuUse Total { get; init; }

    /// <summary>Of nodes, and no replica's: empty GPUs and those under repair.</summary>
    public GpuTime WithoutReplica => Nodes.Aggregate(default(GpuTime), (sum, node) => sum + node.Empty + node.Down);

    /// <param name="usage">Of every replica.</param>
    /// <param name="kinds">Kinds with the GPUs of one replica; a kind that is not here has <paramref name="others"/>.</param>
    /// <param name="nodes">Of every node.</param>
    /// <param name="others">GPUs of a replica of any other kind.</param>
    public static FleetUse Of(IReadOnlyList<ReplicaUsage> usage, IReadOnlyList<(ReplicaKind Kind, int Gpus)> kinds, IReadOnlyList<NodeUse> nodes, int others)
    {
        var unnamed = usage.Select(replica => replica.Kind).Distinct().Where(kind => kinds.All(known => known.Kind != kind)).Select(kind => (kind, others));
        var uses = kinds.Concat(unnamed).Select(kind => Of(kind.Item1, kind.Item2, usage)).ToList();
        GpuTime Sum(Func<GpuUse, GpuTime> state) => uses.Aggregate(default(GpuTime), (sum, use) => sum + state(use));
        return new FleetUse
        {
            Kinds = uses,
            Nodes = nodes,
            Total = new GpuUse
            {
                Kind = "total",
                Busy = Sum(use => use.Busy),
                Wasted = Sum(use => use.Wasted),
                Idle = Sum(use => use.Idle),
                Boot = Sum(use => use.Boot),
                Load = Sum(use => use.Load),
                Drain = Sum(use => use.Drain),
                Down = nodes.Aggregate(Sum(use => use.Down), (sum, node) => sum + node.Down),
                Empty = nodes.Aggregate(default(GpuTime), (sum, node) => sum + node.Empty),
            },
        };
    }

    private static GpuUse Of(ReplicaKind kind, int gpus, IReadOnlyList<ReplicaUsage> usage)
    {
        var replicas = usage.Where(replica => replica.Kind == kind).ToList();
        GpuTime Sum(Func<ReplicaUsage, Duration> state)
        {
            Int128 sum = 0;
            foreach (var replica in replicas)
            {
                sum += state(replica).Nanoseconds;
            }

            return new GpuTime((double)(sum * gpus) / 1e9);
        }

        return new GpuUse
        {
            Kind = kind.Name,
            Busy = Sum(replica => replica.Busy),
            Wasted = Sum(replica => replica.Wasted),
            Idle = Sum(replica => replica.Idle),
            Boot = Sum(replica => replica.Boot),
            Load = Sum(replica => replica.Load - replica.Boot),
            Drain = Sum(replica => replica.Drain),
            Down = Sum(replica => replica.Down),
        };
    }
}
