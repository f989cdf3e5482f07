using LoadLab.Core;

namespace LoadLab.Fleet;

/// <summary>
/// The nodes of one kind of GPU. An order of n GPUs goes to the node that is ready, has n free GPUs and the fewest beyond; else to such a node on its way; else a node
/// is ordered; else, when the provider has no more, it waits. Of the waiting ones the first that fits gets what comes free: one that needs much does not hold up the others,
/// and may wait for long although as many GPUs are free, on several nodes.
/// </summary>
internal sealed class NodePool(NodeOptions options, VirtualTimeline timeline, Agenda agenda)
{
    private readonly List<FleetNode> _all = [];
    private readonly List<FleetNode> _alive = [];
    private readonly List<NodeOrder> _waiting = [];
    private Duration _waited;
    private int _held;
    private int _scattered;

    public NodeOptions Options => options;

    public int Waiting => _waiting.Count;

    public int Existing => _alive.Count(node => node.Exists <= timeline.Now);

    public int Empty => _alive.Where(node => node.Exists <= timeline.Now).Sum(node => node.Free);

    /// <summary>Orders the warm nodes that are missing.</summary>
    public void Refill()
    {
        for (var empty = _alive.Count(node => node.IsEmpty); empty < options.Warm && _alive.Count < options.Most; empty++)
        {
            OrderNode();
        }
    }

    /// <param name="gpus">At most those of a node.</param>
    /// <param name="placed">Told the node, now or when there is room.</param>
    public NodeOrder Place(int gpus, Action<FleetNode> placed)
    {
        var order = new NodeOrder(gpus, placed, timeline.Now);
        if ((Find(gpus) ?? (_alive.Count < options.Most ? OrderNode() : null)) is { } node)
        {
            Take(order, node);
        }
        else
        {
            _held++;
            _scattered += _alive.Sum(alive => alive.Free) >= gpus ? 1 : 0;
            _waiting.Add(order);
        }

        return order;
    }

    /// <summary>The replica is gone, or is not wanted any more before it had a node.</summary>
    /// <param name="order">Its order.</param>
    /// <param name="repair">How long its GPUs are broken.</param>
    public void Free(NodeOrder order, Duration repair)
    {
        if (order.Node is not { } node)
        {
            _waited += timeline.Now - order.Since;
            _waiting.Remove(order);
            return;
        }

        if (repair > Duration.Zero)
        {
            node.Change(timeline.Now, free: 0, down: order.Gpus);
            agenda.Set(timeline.Now + repair, () => Freed(node, order.Gpus, repaired: order.Gpus));
            return;
        }

        Freed(node, order.Gpus, repaired: 0);
    }

    public IEnumerable<NodeUse> Close(Instant end)
    {
        foreach (var order in _waiting)
        {
            _waited += end - order.Since;
        }

        _waiting.Clear();
        return _all.Select(node => node.Use(options.Gpu, end));
    }

    /// <summary>After <see cref="Close"/>: what the provider's stock did to the run.</summary>
    public IEnumerable<string> Notes() => _held == 0 ? [] :
    [
        FormattableString.Invariant($"{_held} {(_held == 1 ? "order of a replica" : "orders of replicas")} waited for a node of {options.Gpus} {options.Gpu}, {_waited.Seconds:0} s in all: the provider has {options.Most}. {_scattered} of them found as many GPUs free, but on several nodes."),
    ];

    private void Freed(FleetNode node, int gpus, int repaired)
    {
        node.Change(timeline.Now, free: gpus, down: -repaired);
        for (var i = 0; i < _waiting.Count;)
        {
            if (Find(_waiting[i].Gpus) is { } room)
            {
                var order = _waiting[i];
                _waiting.RemoveAt(i);
                _waited += timeline.Now - order.Since;
                Take(order, room);
            }
            else
            {
                i++;
            }
        }

        if (node.IsEmpty)
        {
            // A node that does not exist yet is an order that can be withdrawn.
            node.Leaves = agenda.Set(timeline.Now < node.Exists ? timeline.Now : timeline.Now + options.KeepEmpty, () => Leave(node));
        }
    }

    private void Leave(FleetNode node)
    {
        node.Leaves = null;
        if (_alive.Count(alive => alive.IsEmpty) > options.Warm)
        {
            node.Leave(timeline.Now);
            _alive.Remove(node);
        }
    }

    private void Take(NodeOrder order, FleetNode node)
    {
        if (node.Leaves is { } leaves)
        {
            agenda.Cancel(leaves);
            node.Leaves = null;
        }

        node.Change(timeline.Now, free: -order.Gpus, down: 0);
        order.Node = node;
        order.Placed(node);
        Refill();
    }

    private FleetNode? Find(int gpus)
    {
        FleetNode? best = null;
        foreach (var node in _alive)
        {
            if (node.Free >= gpus && (best is null || Rank(node).CompareTo(Rank(best)) < 0))
            {
                best = node;
            }
        }

        return best;
    }

    private (bool NotReady, int Free) Rank(FleetNode node) => (node.Ready > timeline.Now, node.Free);

    private FleetNode OrderNode()
    {
        var exists = timeline.Now + options.ProvisionDelay;
        var node = new FleetNode(_all.Count, options.Gpus, exists, exists + options.BootDelay + options.ImagePull);
        _all.Add(node);
        _alive.Add(node);
        return node;
    }
}

/// <summary>GPUs that a replica asked for.</summary>
internal sealed class NodeOrder(int gpus, Action<FleetNode> placed, Instant since)
{
    public int Gpus => gpus;

    public Action<FleetNode> Placed => placed;

    public Instant Since => since;

    /// <summary>Null while it waits.</summary>
    public FleetNode? Node { get; set; }
}
