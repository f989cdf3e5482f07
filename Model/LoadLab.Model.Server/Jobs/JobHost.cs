using LoadLab.Core;
using LoadLab.Model.Server.Metrics;
using LoadLab.Serving;

namespace LoadLab.Model.Server.Jobs;

/// <summary>Carries the serving core's decisions and stage times over to the jobs. The core's thread calls it; its figures can be read by any.</summary>
internal sealed class JobHost(JobStore jobs, ServerMetrics metrics, HandOvers? handOvers = null) : IJobHost
{
    private readonly Dictionary<BatchId, (ReplicaId Replica, IReadOnlyList<JobId> Jobs)> _batches = [];
    private volatile int _waiting;
    private volatile int _running;
    private volatile bool _modelLoaded;
    private volatile string? _loadError;

    /// <summary>Jobs that wait in the core's queue.</summary>
    public int QueueLength => _waiting;

    /// <summary>Jobs in batches under way.</summary>
    public int Running => _running;

    public bool ModelLoaded => _modelLoaded;

    /// <summary>Why the last load failed or the replica was lost; null = neither.</summary>
    public string? LoadError => _loadError;

    public void Seen(Instant now, ServingEvent e)
    {
        switch (e)
        {
            case ServingEvent.StageDone done:
                StageDone(now, done);
                break;
            case ServingEvent.BatchDone done:
                EndBatch(done.Batch);
                break;
            case ServingEvent.BatchFailed failed:
                EndBatch(failed.Batch);
                break;
            case ServingEvent.ModelLoaded:
                SetLoaded(true, null);
                break;
            case ServingEvent.ModelUnloaded:
                SetLoaded(false, null);
                break;
            case ServingEvent.LoadFailed failed:
                SetLoaded(false, failed.Cause);
                break;
            case ServingEvent.ReplicaLost lost:
                Lose(lost);
                break;
        }
    }

    public void Decided(Instant now, Decision d)
    {
        switch (d)
        {
            case Decision.Admit admit:
                Admit(admit, now);
                break;
            case Decision.Refuse refuse:
                Refuse(refuse);
                break;
            case Decision.Start start:
                Start(start, now);
                break;
            case Decision.Finish finish:
                End(finish.Job, now, JobStatus.Completed, null, null);
                break;
            case Decision.Fail fail:
                End(fail.Job, now, JobStatus.Failed, fail.Reason, fail.Detail);
                break;
            case Decision.Drop drop:
                End(drop.Job, now, JobStatus.Cancelled, "cancelled", "cancelled by the client");
                break;
        }

        handOvers?.Decided(d);
    }

    private void Admit(Decision.Admit admit, Instant now)
    {
        _waiting++;
        jobs.Change(admit.Job, snapshot => snapshot with { Clocks = snapshot.Clocks with { Queued = now } })?.Admitted.TrySetResult(new Admission(true, admit.Reason));
    }

    private void Refuse(Decision.Refuse refuse)
    {
        metrics.Ended(Outcome.Rejected, refuse.Reason);
        var entry = jobs.Remove(refuse.Job);
        entry?.Admitted.TrySetResult(new Admission(false, refuse.Reason, refuse.RetryAfter));
        entry?.Ended.TrySetResult();
    }

    private void Start(Decision.Start start, Instant now)
    {
        _batches[start.Batch] = (start.Replica, [.. start.Jobs]);
        _running += start.Jobs.Count;
        _waiting -= start.Jobs.Count;
        foreach (var job in start.Jobs)
        {
            jobs.Change(job, snapshot => snapshot with
            {
                Status = JobStatus.InProgress,
                Batch = start.Batch,
                BatchSize = start.Jobs.Count,
                Replica = start.Replica,
                Attempts = snapshot.Attempts + 1,
                Clocks = snapshot.Clocks with { Started = now },
            });
        }
    }

    private void StageDone(Instant now, ServingEvent.StageDone done)
    {
        JobClocks? clocks = null;
        foreach (var job in _batches.GetValueOrDefault(done.Batch).Jobs ?? [])
        {
            clocks = jobs.Change(job, snapshot => snapshot with { Clocks = Stamp(snapshot.Clocks, done.Stage, now) })?.Snapshot.Clocks ?? clocks;
        }

        if (clocks is not null)
        {
            metrics.StageDone(done.Stage, clocks);
        }
    }

    private void EndBatch(BatchId id)
    {
        if (_batches.Remove(id, out var batch))
        {
            _running -= batch.Jobs.Count;
        }
    }

    private void Lose(ServingEvent.ReplicaLost lost)
    {
        foreach (var batch in _batches.Where(pair => pair.Value.Replica == lost.Replica).Select(pair => pair.Key).ToList())
        {
            EndBatch(batch);
        }

        SetLoaded(false, lost.Cause);
    }

    private void End(JobId id, Instant now, JobStatus status, string? code, string? message)
    {
        // A job that ends without ever having started leaves the queue now.
        if (jobs.Find(id) is { Status: JobStatus.Queued })
        {
            _waiting--;
        }

        if (jobs.End(id, now, status, code, message) is { } entry)
        {
            metrics.Ended(OutcomeOf(status, code), code ?? "");
            if (status == JobStatus.Completed)
            {
                metrics.Whole(entry.Snapshot.Clocks);
            }
        }
    }

    private void SetLoaded(bool loaded, string? error) => (_modelLoaded, _loadError) = (loaded, error);

    /// <summary>The client's word for an end, by the table of the HTTP contract.</summary>
    private static Outcome OutcomeOf(JobStatus status, string? code) => (status, code) switch
    {
        (JobStatus.Completed, _) => Outcome.Completed,
        (JobStatus.Cancelled, _) => Outcome.Abandoned,
        (_, "expired" or "quota" or "overload" or "content") => Outcome.Rejected,
        _ => Outcome.Failed,
    };

    private static JobClocks Stamp(JobClocks clocks, Stage stage, Instant now) => stage switch
    {
        Stage.Text => clocks with { Text = now },
        Stage.Denoise => clocks with { Denoise = now },
        _ => clocks with { Decode = now },
    };
}
