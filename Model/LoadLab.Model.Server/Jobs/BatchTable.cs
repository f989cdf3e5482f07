using LoadLab.Serving;

namespace LoadLab.Model.Server.Jobs;

/// <summary>
/// The batches under way: on a replica, or at rest between two stages. A job whose client left stays in a batch that runs until that ends, and leaves one at rest
/// at once.
/// </summary>
internal sealed class BatchTable
{
    private readonly Dictionary<BatchId, Batch> _batches = [];

    /// <summary>Jobs in them.</summary>
    public int Jobs { get; private set; }

    public IReadOnlyList<JobId> Of(BatchId id) => _batches.TryGetValue(id, out var batch) ? batch.Jobs : [];

    public void Start(Decision.Start start)
    {
        End(start.Batch);
        _batches[start.Batch] = new Batch(start.Replica, start.Stage, [.. start.Jobs]);
        Jobs += start.Jobs.Count;
    }

    /// <summary>True when the stage was started alone: the batch rests.</summary>
    public bool EndStage(ServingEvent.StageDone done)
    {
        if (!_batches.TryGetValue(done.Batch, out var batch) || batch.Stage != done.Stage || done.Stage is Stage.Whole or Stage.Decode)
        {
            return false;
        }

        batch.Replica = null;
        return true;
    }

    public void End(BatchId id)
    {
        if (_batches.Remove(id, out var batch))
        {
            Jobs -= batch.Jobs.Count;
        }
    }

    public void Lose(ReplicaId replica)
    {
        foreach (var id in _batches.Where(pair => pair.Value.Replica == replica).Select(pair => pair.Key).ToList())
        {
            End(id);
        }
    }

    /// <summary>Nobody waits for the job in this batch any more.</summary>
    public void Leave(BatchId id, JobId job)
    {
        if (_batches.TryGetValue(id, out var batch) && batch.Replica is null && batch.Jobs.Remove(job))
        {
            Jobs--;
            if (batch.Jobs.Count == 0)
            {
                _batches.Remove(id);
            }
        }
    }

    private sealed class Batch(ReplicaId replica, Stage stage, List<JobId> jobs)
    {
        /// <summary>Null at rest.</summary>
        public ReplicaId? Replica { get; set; } = replica;

        public Stage Stage => stage;

        public List<JobId> Jobs => jobs;
    }
}
