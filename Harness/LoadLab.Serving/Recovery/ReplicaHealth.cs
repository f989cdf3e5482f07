namespace LoadLab.Serving.Recovery;

/// <summary>Counts each replica's failed batches in a row, so that one that only fails is replaced. Tell it of faults alone, see <see cref="FailureCause.IsFault"/>.</summary>
internal sealed class ReplicaHealth(RecoveryOptions options)
{
    private readonly Dictionary<ReplicaId, int> _inARow = [];

    /// <summary>Whether the replica should be replaced.</summary>
    public bool Failed(ReplicaId replica)
    {
        if (options.ReplicaFailures == 0)
        {
            return false;
        }

        var inARow = _inARow.GetValueOrDefault(replica) + 1;
        _inARow[replica] = inARow;
        return inARow >= options.ReplicaFailures;
    }

    public void Succeeded(ReplicaId replica) => _inARow.Remove(replica);

    /// <summary>The replica is gone.</summary>
    public void Forget(ReplicaId replica) => _inARow.Remove(replica);
}
