using LoadLab.Core;
using LoadLab.Serving;

namespace LoadLab.Fleet;

/// <summary>The nodes that the fleet's kinds of replica stand on, by kind of GPU. A kind whose GPU has no nodes brings a machine of its own for each replica.</summary>
internal sealed class NodeFleet
{
    private readonly List<NodePool> _pools;
    private readonly Dictionary<ReplicaKind, (NodePool Pool, int Gpus)> _kinds = [];
    private readonly Dictionary<int, (NodePool Pool, NodeOrder Order)> _orders = [];
    private readonly Duration _repair;

    public NodeFleet(FleetOptions fleet, VirtualTimeline timeline, Agenda agenda)
    {
        _repair = fleet.Faults.Repair;
        _pools = [.. fleet.Nodes.Select(nodes => new NodePool(nodes, timeline, agenda))];
        foreach (var kind in fleet.Kinds)
        {
            if (_pools.Find(pool => pool.Options.Gpu == kind.Gpu) is { } pool)
            {
                _kinds.Add(kind.Kind, (pool, kind.Gpus));
            }
        }
    }

    public bool Any => _pools.Count > 0;

    /// <summary>Nodes that exist.</summary>
    public int Existing => _pools.Sum(pool => pool.Existing);

    /// <summary>GPUs of them that no replica has.</summary>
    public int Empty => _pools.Sum(pool => pool.Empty);

    /// <summary>Orders that wait for the provider.</summary>
    public int Waiting => _pools.Sum(pool => pool.Waiting);

    /// <summary>Orders the warm nodes.</summary>
    public void Start() => _pools.ForEach(pool => pool.Refill());

    /// <summary>False when the kind stands on no node.</summary>
    /// <param name="r">The replica.</param>
    /// <param name="k">Its kind.</param>
    /// <param name="placed">Told the node, now or when there is room.</param>
    public bool Place(ReplicaId r, ReplicaKind k, Action<FleetNode> placed)
    {
        if (!_kinds.TryGetValue(k, out var kind))
        {
            return false;
        }

        _orders[r.Value] = (kind.Pool, kind.Pool.Place(kind.Gpus, placed));
        return true;
    }

    /// <summary>The replica is gone. False when it stood on no node.</summary>
    public bool Free(ReplicaId r, bool broken)
    {
        if (!_orders.Remove(r.Value, out var held))
        {
            return false;
        }

        held.Pool.Free(held.Order, broken ? _repair : Duration.Zero);
        return true;
    }

    public IReadOnlyList<NodeUse> Close(Instant end) => [.. _pools.SelectMany(pool => pool.Close(end))];

    /// <summary>After <see cref="Close"/>.</summary>
    public IEnumerable<string> Notes() => _pools.SelectMany(pool => pool.Notes());
}
