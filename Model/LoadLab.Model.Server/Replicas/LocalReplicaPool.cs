using LoadLab.Serving;

namespace LoadLab.Model.Server.Replicas;

/// <summary>
/// The replicas of this server, of one kind or several. An order of a kind that it does not have, or past what there is room for, is answered by ReplicaLost.
/// Called by the core's thread; <see cref="Current"/> and <see cref="All"/> by any.
/// </summary>
/// <param name="kinds">Makes a replica of each kind.</param>
/// <param name="most">Replicas of each kind at once.</param>
/// <param name="events">The serving core.</param>
internal sealed class LocalReplicaPool(IReadOnlyDictionary<ReplicaKind, Func<ReplicaId, ILiveReplica>> kinds, Func<ReplicaKind, int> most, IEventSink events) : IReplicaPool, IDisposable
{
    private volatile ILiveReplica[] _replicas = [];
    private ILiveReplica? _last;

    /// <summary>The replicas there are, in order of number.</summary>
    public IReadOnlyList<ILiveReplica> All => _replicas;

    /// <summary>The first replica there is, or the last there was; null before the first.</summary>
    public ILiveReplica? Current => Array.Find(_replicas, replica => !replica.HasEnded) ?? Volatile.Read(ref _last);

    /// <summary>Whether every replica has ended.</summary>
    public bool HasEnded => Array.TrueForAll(_replicas, replica => replica.HasEnded);

    public void Provision(ReplicaId r, ReplicaKind k)
    {
        Forget();
        if (!kinds.TryGetValue(k, out var create))
        {
            events.Post(new ServingEvent.ReplicaLost(r, $"this server has no replicas of kind {k.Name}"));
            return;
        }

        if (_replicas.Count(replica => replica.Kind == k) is var there && there >= most(k))
        {
            events.Post(new ServingEvent.ReplicaLost(r, $"this server has room for {there} replica{(there == 1 ? "" : "s")} of kind {k.Name}"));
            return;
        }

        events.Post(new ServingEvent.ReplicaProvisioned(r));
        _replicas = [.. _replicas, create(r)];
    }

    public void Release(ReplicaId r, bool drain)
    {
        if (drain)
        {
            Find(r)?.Leave("released");
        }
        else
        {
            Find(r)?.Stop();
        }
    }

    public IReplica Get(ReplicaId r) => Find(r) ?? throw new InvalidOperationException($"replica {r.Value} is not here");

    /// <summary>Tells every replica to stop at its next step.</summary>
    public void StopAll()
    {
        foreach (var replica in _replicas.Where(replica => !replica.HasEnded))
        {
            replica.Stop();
        }
    }

    public void Dispose()
    {
        foreach (var replica in _replicas)
        {
            replica.Dispose();
        }
    }

    private ILiveReplica? Find(ReplicaId r) => Array.Find(_replicas, replica => replica.Id == r);

    /// <summary>Lets go of what has ended.</summary>
    private void Forget()
    {
        foreach (var ended in _replicas.Where(replica => replica.HasEnded).ToList())
        {
            Volatile.Write(ref _last, ended);
            ended.Dispose();
            _replicas = [.. _replicas.Where(replica => replica != ended)];
        }
    }
}
