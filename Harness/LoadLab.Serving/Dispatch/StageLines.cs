namespace LoadLab.Serving.Dispatch;

/// <summary>
/// Batches of a pipeline between two replicas: each waits for a free replica of its next stage, the batch of the better lane first, then the older one. The last
/// stage is served first, so that what is nearly done leaves.
/// </summary>
internal sealed class StageLines(FleetState fleet)
{
    private static readonly Stage[] s_order = [Stage.Decode, Stage.Denoise];

    private readonly SortedSet<BatchState> _waiting = new(Comparer<BatchState>.Create((a, b) => (a.Lane, a.Id.Value).CompareTo((b.Lane, b.Id.Value))));

    public void Add(BatchState batch) => _waiting.Add(batch);

    public void Remove(BatchState batch) => _waiting.Remove(batch);

    public BatchState[] TakeAll()
    {
        BatchState[] all = [.. _waiting];
        _waiting.Clear();
        return all;
    }

    public void Run(Dispatcher dispatcher)
    {
        if (_waiting.Count == 0)
        {
            return;
        }

        foreach (var stage in s_order)
        {
            while (First(stage) is { } batch && Free(batch) is { } replica)
            {
                if (replica.Model != batch.Key.Model)
                {
                    if (!IsComing(batch))
                    {
                        dispatcher.Fetch(replica, batch.Key.Model, null);
                    }

                    break;
                }

                _waiting.Remove(batch);
                dispatcher.Begin(batch, replica, Open(batch), "stage");
            }
        }
    }

    /// <summary>The batch to be served next by a stage; null when none waits for it.</summary>
    public BatchState? First(Stage stage)
    {
        foreach (var batch in _waiting)
        {
            if (batch.Stage == stage)
            {
                return batch;
            }
        }

        return null;
    }

    private ReplicaState? Free(BatchState batch)
    {
        ReplicaState? best = null;
        foreach (var replica in fleet.All)
        {
            if (replica.TakesWork && replica.Group.Stage == batch.Stage && replica.Group.Holds(batch.Key.Model))
            {
                best = best is null || (best.Model != batch.Key.Model && replica.Model == batch.Key.Model) ? replica : best;
            }
        }

        return best;
    }

    /// <summary>Whether another replica of the stage is getting the model already.</summary>
    private bool IsComing(BatchState batch)
    {
        foreach (var replica in fleet.All)
        {
            if (!replica.Released && replica.Group.Stage == batch.Stage && replica.Phase is ReplicaPhase.Loading or ReplicaPhase.Unloading && (replica.Next ?? replica.Model) == batch.Key.Model)
            {
                return true;
            }
        }

        return false;
    }

    private static JobId[] Open(BatchState batch) => [.. batch.Jobs.Where(job => ReferenceEquals(job.Batch, batch)).Select(job => job.View.Id)];
}
