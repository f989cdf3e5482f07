using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using LoadLab.Core;
using LoadLab.Model.Pipeline;
using LoadLab.Model.Server.Metrics;
using LoadLab.Model.Server.Replicas;
using LoadLab.Serving;

namespace LoadLab.Model.Server.Jobs;

/// <summary>
/// The jobs of this server: payloads, states, clocks and clips. The core's thread moves states, a replica's thread reports progress and clips, request threads
/// read; one lock, held for no I/O.
/// </summary>
/// <remarks>
/// Bounds: jobs not yet ended are bounded by the core's queue; ended ones are forgotten past <see cref="MaxEnded"/> jobs or <see cref="MaxAge"/>,
/// the oldest first, and their clips with them; clips have a bound of their own in <see cref="ClipStore"/>.
/// </remarks>
internal sealed class JobStore(ClipStore clips, ServerMetrics metrics) : IJobHost, IBatchHost
{
    public const int MaxEnded = 10_000;

    public static readonly Duration MaxAge = Duration.FromSeconds(3600);

    private readonly Lock _gate = new();
    private readonly Dictionary<JobId, JobEntry> _jobs = [];
    private readonly Dictionary<BatchId, (ReplicaId Replica, IReadOnlyList<JobId> Jobs)> _batches = [];
    private readonly Queue<JobId> _ended = new();
    private readonly string _boot = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));
    private long _next;
    private int _waiting;
    private bool _modelLoaded;
    private string? _loadError;

    /// <summary>Jobs that wait in the core's queue.</summary>
    public int QueueLength
    {
        get
        {
            lock (_gate)
            {
                return _waiting;
            }
        }
    }

    /// <summary>Jobs in batches under way.</summary>
    public int Running
    {
        get
        {
            lock (_gate)
            {
                return _batches.Values.Sum(batch => batch.Jobs.Count);
            }
        }
    }

    public bool ModelLoaded
    {
        get
        {
            lock (_gate)
            {
                return _modelLoaded;
            }
        }
    }

    /// <summary>Why the last load failed; null = it did not.</summary>
    public string? LoadError
    {
        get
        {
            lock (_gate)
            {
                return _loadError;
            }
        }
    }

    /// <summary>Registers a job under the next number; the view's and the task's own numbers come from it.</summary>
    public JobEntry Add(Func<JobId, (JobView View, VideoTask Task)> create)
    {
        lock (_gate)
        {
            var id = new JobId(_next++);
            var (view, task) = create(id);
            var entry = new JobEntry(
                new JobSnapshot
                {
                    Id = id,
                    // The boot token keeps a client that outlived a restart from finding another client's job under its old id.
                    Name = string.Create(CultureInfo.InvariantCulture, $"video-{_boot}-{id.Value}"),
                    Task = task,
                    Status = JobStatus.Queued,
                    Step = 0,
                    Attempts = 0,
                    Clocks = new JobClocks { Received = view.Received },
                },
                view);
            _jobs[id] = entry;
            return entry;
        }
    }

    /// <summary>Takes back a job that never reached the core.</summary>
    public void Remove(JobId id)
    {
        lock (_gate)
        {
            _jobs.Remove(id);
        }
    }

    public bool TryFind(string name, [NotNullWhen(true)] out JobEntry? entry)
    {
        entry = null;
        var prefix = $"video-{_boot}-";
        lock (_gate)
        {
            return name.StartsWith(prefix, StringComparison.Ordinal)
                && long.TryParse(name.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && _jobs.TryGetValue(new JobId(number), out entry);
        }
    }

    /// <summary>Where the clip lies; null = there is none (any more).</summary>
    public string? ClipPath(JobId id) => clips.PathOf(id);

    public void DropClip(JobId id) => clips.Drop(id);

    public VideoTask? Task(JobId job)
    {
        lock (_gate)
        {
            return _jobs.GetValueOrDefault(job)?.Snapshot.Task;
        }
    }

    public void Progress(JobId job, int steps) => Change(job, snapshot => snapshot with { Step = steps });

    public void Store(JobId job, VideoClip clip) => clips.Store(job, clip);

    public void Loaded(ReplicaId replica, ModelId model, double seconds) => metrics.ColdStart(seconds);

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
            case ServingEvent.ReplicaLost lost:
                Lose(lost);
                break;
            case ServingEvent.LoadFailed failed:
                SetLoaded(false, failed.Cause);
                break;
        }
    }

    public void Decided(Instant now, Decision d)
    {
        switch (d)
        {
            case Decision.Admit admit:
                Admit(admit.Job, now, admit.Reason);
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
    }

    private void Admit(JobId id, Instant now, string reason)
    {
        lock (_gate)
        {
            if (Change(id, snapshot => snapshot with { Clocks = snapshot.Clocks with { Queued = now } }) is { } entry)
            {
                _waiting++;
                entry.Admitted.TrySetResult(new Admission(true, reason));
            }
        }
    }

    private void Refuse(Decision.Refuse refuse)
    {
        lock (_gate)
        {
            if (_jobs.Remove(refuse.Job, out var entry))
            {
                metrics.Ended(Outcome.Rejected, refuse.Reason);
                entry.Admitted.TrySetResult(new Admission(false, refuse.Reason));
                entry.Ended.TrySetResult();
            }
        }
    }

    private void Start(Decision.Start start, Instant now)
    {
        lock (_gate)
        {
            _batches[start.Batch] = (start.Replica, [.. start.Jobs]);
            foreach (var job in start.Jobs)
            {
                _waiting--;
                Change(job, snapshot => snapshot with
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
    }

    private void StageDone(Instant now, ServingEvent.StageDone done)
    {
        lock (_gate)
        {
            var first = true;
            foreach (var job in _batches.GetValueOrDefault(done.Batch).Jobs ?? [])
            {
                var entry = Change(job, snapshot => snapshot with { Clocks = Stamp(snapshot.Clocks, done.Stage, now) });
                if (first && entry is not null)
                {
                    metrics.StageDone(done.Stage, entry.Snapshot.Clocks);
                    first = false;
                }
            }
        }
    }

    private void EndBatch(BatchId batch)
    {
        lock (_gate)
        {
            _batches.Remove(batch);
        }
    }

    private void Lose(ServingEvent.ReplicaLost lost)
    {
        lock (_gate)
        {
            foreach (var (batch, _) in _batches.Where(pair => pair.Value.Replica == lost.Replica).ToList())
            {
                _batches.Remove(batch);
            }
        }

        SetLoaded(false, lost.Cause);
    }

    private void End(JobId id, Instant now, JobStatus status, string? code, string? message)
    {
        lock (_gate)
        {
            // A job that left the queue without ever starting was counted as waiting.
            if (_jobs.GetValueOrDefault(id) is { Snapshot: { Status: JobStatus.Queued, Clocks.Queued: not null } })
            {
                _waiting--;
            }

            var entry = Change(id, snapshot => snapshot with
            {
                Status = status,
                ErrorCode = code,
                ErrorMessage = message,
                Clocks = snapshot.Clocks with { Completed = now },
                // Thousands of ended jobs are kept; their prompts need not be.
                Task = snapshot.Task with { Job = snapshot.Task.Job with { Prompt = "", NegativePrompt = null } },
            });
            if (entry is null)
            {
                return;
            }

            metrics.Ended(OutcomeOf(status, code), code ?? "");
            if (status == JobStatus.Completed)
            {
                metrics.Whole(entry.Snapshot.Clocks);
            }

            entry.Ended.TrySetResult();
            _ended.Enqueue(id);
        }

        while (Forget(now) is { } forgotten)
        {
            clips.Drop(forgotten);
        }
    }

    /// <summary>Forgets the oldest of the ended jobs when there are too many or it is too old.</summary>
    private JobId? Forget(Instant now)
    {
        lock (_gate)
        {
            var oldest = _ended.Peek();
            if (_ended.Count <= MaxEnded && now - _jobs[oldest].Snapshot.Clocks.Completed!.Value <= MaxAge)
            {
                return null;
            }

            _ended.Dequeue();
            _jobs.Remove(oldest);
            return oldest;
        }
    }

    private void SetLoaded(bool loaded, string? error)
    {
        lock (_gate)
        {
            _modelLoaded = loaded;
            _loadError = error;
        }
    }

    private JobEntry? Change(JobId id, Func<JobSnapshot, JobSnapshot> change)
    {
        lock (_gate)
        {
            if (!_jobs.TryGetValue(id, out var entry) || entry.Snapshot.Ended)
            {
                return null;
            }

            entry.Snapshot = change(entry.Snapshot);
            return entry;
        }
    }

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
