using LoadLab.Core;
using LoadLab.Serving;

namespace LoadLab.Fleet;

/// <summary>Gives replicas of any kind after the provisioning and boot delays, those of their node where they stand on one, and after a repair where a fault took one. Counts what exists for the samples.</summary>
internal sealed class SimulatedReplicaPool(VirtualTimeline timeline, SimulatedWork work, FleetOptions options, NodeFleet? nodes = null) : IReplicaPool
{
    private readonly NumberTable<SimulatedReplica> _replicas = new();
    private readonly Queue<Instant> _repairs = new();
    private Instant _since = timeline.Now;
    private Int128 _existingTime;
    private Int128 _busyTime;

    /// <summary>Replicas that exist.</summary>
    public int Existing { get; private set; }

    /// <summary>Replicas that run a batch.</summary>
    public int Busy { get; private set; }

    public void Provision(ReplicaId r, ReplicaKind k)
    {
        var replica = new SimulatedReplica(r, timeline, work.Of(k), this);
        if (!_replicas.TryAdd(r.Value, replica))
        {
            throw new InvalidOperationException($"replica {r.Value} was provisioned twice");
        }

        if (nodes is null || !nodes.Place(r, k, node => Stand(replica, node)))
        {
            replica.Order(Repair() + options.ProvisionDelay, options.BootDelay);
        }
    }

    public void Release(ReplicaId r, bool drain) => _replicas[r.Value].Release(drain);

    public IReplica Get(ReplicaId r) => _replicas[r.Value];

    /// <summary>GPUs that the kind's replicas are.</summary>
    public int GpusOf(ReplicaKind k) => options.Kinds.FirstOrDefault(kind => kind.Kind == k)?.Gpus ?? work.GpusOfReplica;

    /// <summary>Called as an event is handled, before the core sees it.</summary>
    public void Seen(ServingEvent e)
    {
        switch (e)
        {
            case ServingEvent.ReplicaProvisioned provisioned:
                _replicas[provisioned.Replica.Value].Provisioned();
                Change(existing: +1, busy: 0);
                break;
            case ServingEvent.ReplicaLost lost:
                var replica = _replicas[lost.Replica.Value];
                _replicas.Remove(lost.Replica.Value);
                replica.Lost();
                Change(replica.Exists ? -1 : 0, replica.Works ? -1 : 0);
                var broken = lost.Cause == SimulatedReplica.Fault;
                if (nodes?.Free(lost.Replica, broken) is not true && broken)
                {
                    _repairs.Enqueue(timeline.Now + options.Faults.Repair);
                }
                else if (lost.Cause == SimulatedReplica.Reclaimed && !replica.IsNoticed)
                {
                    _repairs.Enqueue(timeline.Now + options.Spot.Replacement);
                }

                break;
            case ServingEvent.ReclaimNotice notice:
                _replicas[notice.Replica.Value].Noticed(notice.At);
                _repairs.Enqueue(timeline.Now + options.Spot.Replacement);
                break;
            case ServingEvent.ReplicaDown down:
                _replicas[down.Replica.Value].Broke();
                break;
            case ServingEvent.ReplicaRepaired repaired:
                _replicas[repaired.Replica.Value].Repaired();
                break;
            case ServingEvent.StageDone done:
                _replicas[done.Replica.Value].Ended(done.Stage);
                break;
            case ServingEvent.BatchDone done:
                _replicas[done.Replica.Value].Ended();
                break;
            case ServingEvent.BatchFailed failed:
                _replicas[failed.Replica.Value].Ended();
                break;
        }
    }

    /// <summary>It exists when its node does, and is ready when its node has booted and pulled the image.</summary>
    private void Stand(SimulatedReplica replica, FleetNode node)
    {
        var exists = Instant.Max(timeline.Now, node.Exists);
        replica.Order(exists - timeline.Now, Instant.Max(exists, node.Ready) - exists);
    }

    public void Change(int existing, int busy)
    {
        Integrate();
        Existing += existing;
        Busy += busy;
    }

    /// <summary>Busy time over provisioned time since the last call; 0 when nothing was provisioned.</summary>
    public double TakeBusyShare()
    {
        Integrate();
        var share = _existingTime == 0 ? 0 : (double)_busyTime / (double)_existingTime;
        (_busyTime, _existingTime) = (0, 0);
        return share;
    }

    /// <summary>The rest of the oldest repair under way, which an order waits for; zero when there is none.</summary>
    private Duration Repair()
    {
        while (_repairs.TryDequeue(out var ready))
        {
            if (ready > timeline.Now)
            {
                return ready - timeline.Now;
            }
        }

        return Duration.Zero;
    }

    private void Integrate()
    {
        var passed = (timeline.Now - _since).Nanoseconds;
        _since = timeline.Now;
        _existingTime += (Int128)Existing * passed;
        _busyTime += (Int128)Busy * passed;
    }
}
