using LoadLab.Core;
using LoadLab.Serving.Autoscaling;
using LoadLab.Serving.Placement;

namespace LoadLab.Serving.Dispatch;

/// <summary>The core's replicas in order of number, and the integrals behind the busy share of the scaled ones: replica-nanoseconds busy and provisioned, exact.</summary>
internal sealed class FleetState
{
    private readonly List<ReplicaState> _replicas = [];
    private readonly List<ReplicaState> _free = [];
    private Instant _now;
    private Instant _counted;
    private int _existing;
    private int _busy;
    private Int128 _busyTime;
    private Int128 _existingTime;
    private int _count;

    /// <summary>In order of number; a list, so that walking it allocates nothing.</summary>
    public List<ReplicaState> All => _replicas;

    /// <summary>Replicas asked for and not told to go.</summary>
    public int Active { get; private set; }

    /// <summary>Of <see cref="Active"/>, those that have been ready.</summary>
    public int Ready { get; private set; }

    /// <summary>Replicas that take work at this moment.</summary>
    public int Free => _free.Count;

    /// <summary>Those, in order of number.</summary>
    public List<ReplicaState> AllFree => _free;

    public void Advance(Instant now) => _now = now;

    public ReplicaState Add(ReplicaGroup group)
    {
        var replica = new ReplicaState(new ReplicaId(_count++), group);
        _replicas.Add(replica);
        Active++;
        return replica;
    }

    /// <summary>Null for one that is gone: a late event of it is no fault.</summary>
    public ReplicaState? Find(ReplicaId id)
    {
        // None is missing before it, as a rule.
        var likely = _replicas.Count == 0 ? 0 : id.Value - _replicas[0].Id.Value;
        if ((uint)likely < (uint)_replicas.Count && _replicas[likely].Id == id)
        {
            return _replicas[likely];
        }

        int low = 0, high = _replicas.Count - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (_replicas[middle].Id == id)
            {
                return _replicas[middle];
            }

            (low, high) = _replicas[middle].Id.Value < id.Value ? (middle + 1, high) : (low, middle - 1);
        }

        return null;
    }

    public void Move(ReplicaState replica, ReplicaPhase phase)
    {
        Count(replica, -1);
        replica.Busy += replica.Phase == ReplicaPhase.Busy ? _now - replica.Since : Duration.Zero;
        (replica.Phase, replica.Since) = (phase, _now);
        Count(replica, +1);
    }

    public void Release(ReplicaState replica)
    {
        Count(replica, -1);
        replica.Released = true;
        Active--;
        Count(replica, +1);
    }

    public void SetDown(ReplicaState replica, bool down)
    {
        Count(replica, -1);
        replica.Down = down;
        Count(replica, +1);
    }

    public void Remove(ReplicaState replica)
    {
        Count(replica, -1);
        _replicas.Remove(replica);
        Active -= replica.Released ? 0 : 1;
    }

    /// <summary>Replicas of a group asked for and not told to go.</summary>
    public int ActiveOf(ReplicaGroup group)
    {
        var count = 0;
        foreach (var replica in _replicas)
        {
            count += ReferenceEquals(replica.Group, group) && !replica.Released ? 1 : 0;
        }

        return count;
    }

    /// <summary>The snapshot of the scaled group, with the busy share since the one before.</summary>
    public FleetSnapshot Snapshot(int pending)
    {
        Integrate();
        var share = _existingTime == 0 ? 0 : (double)_busyTime / (double)_existingTime;
        (_busyTime, _existingTime) = (0, 0);
        return new FleetSnapshot
        {
            TakenAt = _now,
            Pending = pending,
            Replicas = _replicas.Count(replica => replica.Group.Scaled && !replica.Released),
            Ready = _replicas.Count(replica => replica.Group.Scaled && replica.WasReady && !replica.Released),
            BusyShare = share,
        };
    }

    /// <summary>Books the time since the last change.</summary>
    private void Integrate()
    {
        // Before the first event nothing exists, and a host may start before instant zero.
        var passed = _existing == 0 ? 0 : (_now - _counted).Nanoseconds;
        _busyTime += (Int128)_busy * passed;
        _existingTime += (Int128)_existing * passed;
        _counted = _now;
    }

    private void Count(ReplicaState replica, int sign)
    {
        Integrate();
        _existing += replica.Exists && replica.Group.Scaled ? sign : 0;
        _busy += replica.Phase == ReplicaPhase.Busy && replica.Group.Scaled ? sign : 0;
        if (replica.TakesWork)
        {
            CountFree(replica, sign);
        }

        Ready += replica.WasReady && !replica.Released ? sign : 0;
    }

    private void CountFree(ReplicaState replica, int sign)
    {
        var at = _free.Count;
        while (at > 0 && _free[at - 1].Id.Value >= replica.Id.Value)
        {
            at--;
        }

        if (sign > 0)
        {
            _free.Insert(at, replica);
        }
        else
        {
            _free.RemoveAt(at);
        }
    }
}
