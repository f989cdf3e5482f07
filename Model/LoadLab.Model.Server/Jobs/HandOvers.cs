using LoadLab.Model.Server.Replicas;
using LoadLab.Serving;

namespace LoadLab.Model.Server.Jobs;

/// <summary>
/// What the stages of batches left for the next ones. Bounded by the batches under way: one entry each, gone when the next replica takes it, or when the last of its jobs
/// has ended or is queued again. Thread-safe.
/// </summary>
internal sealed class HandOvers(JobStore jobs)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<BatchId, Entry> _kept = [];

    /// <summary>Batches between two stages.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _kept.Count;
            }
        }
    }

    /// <summary>Bytes kept for them, on the host.</summary>
    public long Bytes
    {
        get
        {
            lock (_gate)
            {
                return _kept.Values.Sum(entry => entry.Made.State.Bytes);
            }
        }
    }

    /// <summary>Keeps it unless every job has ended meanwhile.</summary>
    public void Keep(BatchId batch, HandOver made)
    {
        lock (_gate)
        {
            var waiting = made.Jobs.Where(IsWaitedFor).ToHashSet();
            if (waiting.Count > 0)
            {
                _kept[batch] = new Entry(made, waiting);
            }
        }
    }

    /// <summary>Gives it once. Without jobs when every one of these has ended, and what was kept went with them; null when nothing was kept.</summary>
    public HandOver? Take(BatchId batch, IReadOnlyList<JobId> asked)
    {
        lock (_gate)
        {
            return _kept.Remove(batch, out var entry) ? entry.Made : asked.Any(IsWaitedFor) ? null : HandOver.Empty;
        }
    }

    /// <summary>Sees jobs leave their batches; told after the job's own state has changed, so that a batch kept at the same moment is not missed.</summary>
    public void Decided(Decision d)
    {
        JobId? left = d switch
        {
            Decision.Retry retry => retry.Job,
            Decision.Requeue requeue => requeue.Job,
            Decision.Finish finish => finish.Job,
            Decision.Fail fail => fail.Job,
            Decision.Reject reject => reject.Job,
            Decision.Drop drop => drop.Job,
            _ => null,
        };
        if (left is { } job)
        {
            Leave(job);
        }
    }

    private bool IsWaitedFor(JobId job) => jobs.Find(job) is { Ended: false };

    private void Leave(JobId job)
    {
        lock (_gate)
        {
            foreach (var (batch, entry) in _kept)
            {
                if (entry.Waiting.Remove(job) && entry.Waiting.Count == 0)
                {
                    _kept.Remove(batch);
                }
            }
        }
    }

    private sealed record Entry(HandOver Made, HashSet<JobId> Waiting);
}
