namespace LoadLab.Serving.Dispatch;

/// <summary>The jobs that have not ended, and the queue of those that wait: first come, first served.</summary>
internal sealed class JobTable
{
    private readonly Dictionary<JobId, JobState> _jobs = [];
    private readonly LinkedList<JobState> _queue = new();

    public int Waiting => _queue.Count;

    public LinkedListNode<JobState>? First => _queue.First;

    public void Enqueue(JobView view)
    {
        var job = new JobState(view);
        if (!_jobs.TryAdd(view.Id, job))
        {
            throw new InvalidOperationException($"job {view.Id.Value} arrived twice");
        }

        job.Waiting = _queue.AddLast(job);
    }

    public JobState? Find(JobId id) => _jobs.GetValueOrDefault(id);

    public void Begin(JobState job, ReplicaId replica, BatchId batch)
    {
        Unqueue(job);
        job.Runs = (replica, batch);
    }

    /// <summary>False when it had ended before.</summary>
    public bool End(JobId id)
    {
        if (!_jobs.Remove(id, out var job))
        {
            return false;
        }

        Unqueue(job);
        return true;
    }

    private void Unqueue(JobState job)
    {
        if (job.Waiting is { } node)
        {
            _queue.Remove(node);
            job.Waiting = null;
        }
    }
}
