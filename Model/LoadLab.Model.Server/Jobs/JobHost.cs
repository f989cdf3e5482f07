using LoadLab.Core;
using LoadLab.Model.Server.Metrics;
using LoadLab.Model.Server.Safety;
using LoadLab.Serving;
using LoadLab.Serving.Safety;

namespace LoadLab.Model.Server.Jobs;

/// <summary>Carries the serving core's decisions and stage times over to the jobs. The core's thread calls it; its figures can be read by any.</summary>
internal sealed class JobHost(JobStore jobs, ServerMetrics metrics, HandOvers? handOvers = null) : IJobHost
{
    private readonly BatchTable _batches = new();
    private readonly HashSet<ReplicaId> _loaded = [];
    private volatile int _running;
    private volatile bool _modelLoaded;
    private volatile string? _loadError;

    /// <summary>Checks content; null = the core is never asked to.</summary>
    public Action<Instant, Content>? Check { get; init; }

    /// <summary>The clip of a job, for its check; null when none is kept.</summary>
    public Func<JobId, string?> ClipOf { get; init; } = _ => null;

    /// <summary>Takes the jobs that ran and failed for good; null = nobody.</summary>
    public Action<DeadLetter>? DeadLetter { get; init; }

    /// <summary>Told of policies that throw.</summary>
    public PacedLines Lines { get; init; } = new(TextWriter.Null);

    /// <summary>Jobs let in that are on no replica: in the core's queue, in their prompt's check, or waiting for their next attempt.</summary>
    public WaitingJobs Waiting { get; init; } = new([]);

    public int QueueLength => Waiting.Count;

    /// <summary>Jobs in batches under way.</summary>
    public int Running => _running;

    /// <summary>Whether any replica has a model.</summary>
    public bool ModelLoaded => _modelLoaded;

    /// <summary>Why the last load failed or the last replica was lost; null = neither, or a model is loaded somewhere.</summary>
    public string? LoadError => _loadError;

    public void Seen(Instant now, ServingEvent e)
    {
        metrics.Seen(now, e);
        switch (e)
        {
            case ServingEvent.StageDone done:
                StageDone(now, done);
                break;
            case ServingEvent.BatchDone done:
                _batches.End(done.Batch);
                break;
            case ServingEvent.BatchFailed failed:
                _batches.End(failed.Batch);
                break;
            case ServingEvent.SafetyChecked safety:
                jobs.Change(safety.Job, snapshot => snapshot.Checked == safety.Phase ? snapshot with { Checked = null } : snapshot);
                break;
            default:
                SeenOfReplica(e);
                break;
        }

        _running = _batches.Jobs;
    }

    public void Decided(Instant now, Decision d)
    {
        metrics.Decided(now, d);
        switch (d)
        {
            case Decision.Admit admit:
                Admit(admit, now);
                break;
            case Decision.Refuse refuse:
                Refuse(refuse);
                break;
            case Decision.Check check:
                Ask(now, check);
                break;
            case Decision.Start start:
                Start(start, now);
                break;
            case Decision.Retry retry:
                Retry(retry.Job, 0);
                break;
            case Decision.Requeue requeue:
                Retry(requeue.Job, requeue.FromStep);
                break;
            case Decision.PolicyFault fault:
                Lines.Say(now, $"policy fault: {fault.Policy}: {fault.Reason}: {fault.Detail}");
                break;
            default:
                DecidedEnd(now, d);
                break;
        }

        handOvers?.Decided(d);
        _running = _batches.Jobs;
    }

    private void SeenOfReplica(ServingEvent e)
    {
        switch (e)
        {
            case ServingEvent.ModelLoaded loaded:
                _loaded.Add(loaded.Replica);
                SetLoaded(null);
                break;
            case ServingEvent.ModelUnloaded unloaded:
                _loaded.Remove(unloaded.Replica);
                SetLoaded(null);
                break;
            case ServingEvent.LoadFailed failed:
                _loaded.Remove(failed.Replica);
                SetLoaded(failed.Cause);
                break;
            case ServingEvent.ReplicaLost lost:
                _batches.Lose(lost.Replica);
                _loaded.Remove(lost.Replica);
                SetLoaded(lost.Cause);
                break;
        }
    }

    private void DecidedEnd(Instant now, Decision d)
    {
        switch (d)
        {
            case Decision.Finish finish:
                End(finish.Job, now, JobStatus.Completed, null, null);
                break;
            case Decision.Reject reject:
                End(reject.Job, now, JobStatus.Failed, reject.Reason, reject.Detail);
                break;
            case Decision.Fail fail when End(fail.Job, now, JobStatus.Failed, fail.Reason, fail.Detail) is { Snapshot: { Attempts: > 0 } snapshot } entry:
                DeadLetter?.Invoke(new DeadLetter(now.Seconds, fail.Job.Value, entry.View.Tenant, entry.View.Tier, entry.View.Model.Name, snapshot.Attempts, fail.Reason, fail.Detail));
                break;
            case Decision.Drop drop:
                End(drop.Job, now, JobStatus.Cancelled, "cancelled", "cancelled by the client");
                break;
        }
    }

    private void Admit(Decision.Admit admit, Instant now)
    {
        var entry = jobs.Change(admit.Job, snapshot => snapshot with
        {
            Task = snapshot.Task with { Model = admit.Serve ?? snapshot.Task.Model },
            Clocks = snapshot.Clocks with { Queued = now },
        });
        if (entry is not null)
        {
            Waiting.Add(entry.View, +1);
            entry.Admitted.TrySetResult(new Admission(true, admit.Reason));
        }
    }

    private void Refuse(Decision.Refuse refuse)
    {
        metrics.Ended(Outcome.Rejected, refuse.Reason);
        var entry = jobs.Remove(refuse.Job);
        entry?.Admitted.TrySetResult(new Admission(false, refuse.Reason, refuse.RetryAfter));
        entry?.Ended.TrySetResult();
    }

    private void Ask(Instant now, Decision.Check check)
    {
        if (jobs.Change(check.Job, snapshot => snapshot with { Checked = check.Phase }) is { } entry)
        {
            var snapshot = entry.Snapshot;
            Check?.Invoke(now, new Content(
                check.Job, check.Phase, snapshot.ServedModel, snapshot.Task.Job.Prompt, entry.View.PromptHash, check.Phase == SafetyPhase.After ? ClipOf(check.Job) : null));
        }
    }

    /// <summary>A later stage of a batch is not another attempt.</summary>
    private void Start(Decision.Start start, Instant now)
    {
        _batches.Start(start);
        foreach (var job in start.Jobs)
        {
            Move(job, snapshot => snapshot.Batch == start.Batch ? snapshot with { Replica = start.Replica } : snapshot with
            {
                Status = JobStatus.InProgress,
                Checked = null,
                Batch = start.Batch,
                BatchSize = start.Jobs.Count,
                Replica = start.Replica,
                Attempts = snapshot.Attempts + 1,
                Clocks = snapshot.Clocks with { Started = now },
            });
        }
    }

    /// <param name="job">Back in the queue.</param>
    /// <param name="step">Denoise steps that it keeps.</param>
    private void Retry(JobId job, int step)
    {
        if (jobs.Find(job)?.Batch is { } batch)
        {
            _batches.Leave(batch, job);
        }

        Move(job, snapshot => snapshot with
        {
            Status = JobStatus.Queued,
            Checked = null,
            Step = step,
            Batch = null,
            BatchSize = null,
            Replica = null,
            Clocks = new JobClocks { Received = snapshot.Clocks.Received, Queued = snapshot.Clocks.Queued },
        });
    }

    private void StageDone(Instant now, ServingEvent.StageDone done)
    {
        JobClocks? clocks = null;
        var rests = _batches.EndStage(done);
        foreach (var job in _batches.Of(done.Batch).ToList())
        {
            if (jobs.Change(job, snapshot => snapshot with { Clocks = Stamp(snapshot.Clocks, done.Stage, now) }) is { } entry)
            {
                clocks = entry.Snapshot.Clocks;
            }
            else if (rests)
            {
                _batches.Leave(done.Batch, job);
            }
        }

        if (clocks is not null)
        {
            metrics.StageDone(done.Stage, clocks);
        }
    }

    private JobEntry? End(JobId id, Instant now, JobStatus status, string? code, string? message)
    {
        if (jobs.Find(id) is not { Ended: false } before || jobs.End(id, now, status, code, message) is not { } entry)
        {
            return null;
        }

        Count(entry.View, before, -1);
        if (before.Batch is { } batch)
        {
            _batches.Leave(batch, id);
        }

        metrics.Ended(OutcomeOf(status, code), code ?? "");
        if (status == JobStatus.Completed)
        {
            metrics.Whole(entry.Snapshot.Clocks);
        }
        else
        {
            jobs.DropClip(id);
        }

        return entry;
    }

    /// <summary>Changes a job and keeps the count of those that wait.</summary>
    private void Move(JobId id, Func<JobSnapshot, JobSnapshot> change)
    {
        JobSnapshot? before = null;
        var entry = jobs.Change(id, snapshot => change(before = snapshot));
        if (entry is not null)
        {
            Count(entry.View, before!, -1);
            Count(entry.View, entry.Snapshot, +1);
        }
    }

    private void Count(JobView job, JobSnapshot snapshot, int by)
    {
        if (snapshot is { Status: JobStatus.Queued, Clocks.Queued: not null })
        {
            Waiting.Add(job, by);
        }
    }

    private void SetLoaded(string? error) => (_modelLoaded, _loadError) = (_loaded.Count > 0, _loaded.Count > 0 ? null : error);

    /// <summary>The client's word for an end, by the table of the HTTP contract.</summary>
    private static Outcome OutcomeOf(JobStatus status, string? code) => (status, code) switch
    {
        (JobStatus.Completed, _) => Outcome.Completed,
        (JobStatus.Cancelled, _) => Outcome.Abandoned,
        (_, "expired" or "quota" or "overload" or "content-before" or "content-after") => Outcome.Rejected,
        _ => Outcome.Failed,
    };

    private static JobClocks Stamp(JobClocks clocks, Stage stage, Instant now) => stage switch
    {
        Stage.Text => clocks with { Text = now },
        Stage.Denoise => clocks with { Denoise = now },
        _ => clocks with { Decode = now },
    };
}
