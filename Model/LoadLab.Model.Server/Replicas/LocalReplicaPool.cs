using LoadLab.Serving;

namespace LoadLab.Model.Server.Replicas;

/// <summary>
/// Replicas in this process, one at a time: several on one machine would share its cores and add no capacity. A second order is answered by ReplicaLost.
/// Called by the core's thread; <see cref="Current"/> by any.
/// </summary>
internal sealed class LocalReplicaPool(Func<ReplicaId, ModelReplica> create, IEventSink events) : IReplicaPool, IDisposable
{
    private ReplicaId _id;
    private ModelReplica? _replica;

    /// <summary>The replica, or the last one; null before the first.</summary>
    public ModelReplica? Current => Volatile.Read(ref _replica);

    public void Provision(ReplicaId r, ReplicaKind k)
    {
        if (_replica is { HasEnded: false })
        {
            events.Post(new ServingEvent.ReplicaLost(r, "this server has room for one replica"));
            return;
        }

        events.Post(new ServingEvent.ReplicaProvisioned(r));
        _replica?.Dispose();
        _id = r;
        Volatile.Write(ref _replica, create(r));
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

    public void Dispose() => _replica?.Dispose();

    private ModelReplica? Find(ReplicaId r) => _replica is not null && _id == r ? _replica : null;
}
