using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using LoadLab.Core;
using LoadLab.Model.Server.Replicas;
using LoadLab.Serving;

namespace LoadLab.Model.Server.Jobs;

/// <summary>
/// The jobs of this server by number and by name. The core's thread moves their states, a replica's thread reports progress and clips, request threads read;
/// one lock, held for no I/O.
/// </summary>
/// <remarks>
/// Bounds: jobs not yet ended are bounded by the core's queue; ended ones are forgotten past <see cref="MaxEnded"/> jobs or <see cref="MaxAge"/>,
/// the oldest first, and their clips with them; clips have a bound of their own in <see cref="ClipStore"/>.
/// </remarks>
internal sealed class JobStore(ClipStore clips)
{
    public const int MaxEnded = 10_000;

    public static readonly Duration MaxAge = Duration.FromSeconds(3600);

    private readonly Lock _gate = new();
    private readonly Dictionary<JobId, JobEntry> _jobs = [];
    private readonly Queue<JobId> _ended = new();
    // The boot token keeps a client that outlived a restart from finding another client's job under its old id.
    private readonly string _prefix = $"video-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}-";
    private long _next;

    /// <summary>Registers a job under the next number, which the view and the task are made for.</summary>
    public JobEntry Add(Func<JobId, (JobView View, VideoTask Task)> create)
    {
        lock (_gate)
        {
            var id = new JobId(_next++);
            var (view, task) = create(id);
            var snapshot = new JobSnapshot
            {
                Id = id,
                Name = string.Create(CultureInfo.InvariantCulture, $"{_prefix}{id.Value}"),
                Model = view.Model,
                Task = task,
                Status = JobStatus.Queued,
                Step = 0,
                Attempts = 0,
                Clocks = new JobClocks { Received = view.Received },
            };
            return _jobs[id] = new JobEntry(snapshot, view);
        }
    }

    /// <summary>Takes back a job that was never queued; null when it is not here.</summary>
    public JobEntry? Remove(JobId id)
    {
        lock (_gate)
        {
            return _jobs.Remove(id, out var entry) ? entry : null;
        }
    }

    public bool TryFind(string name, [NotNullWhen(true)] out JobEntry? entry)
    {
        entry = null;
        lock (_gate)
        {
            return name.StartsWith(_prefix, StringComparison.Ordinal)
                && long.TryParse(name.AsSpan(_prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && _jobs.TryGetValue(new JobId(number), out entry);
        }
    }

    public JobSnapshot? Find(JobId id)
    {
        lock (_gate)
        {
            return _jobs.GetValueOrDefault(id)?.Snapshot;
        }
    }

    /// <summary>Changes a job that has not ended; null when it has or is not here.</summary>
    public JobEntry? Change(JobId id, Func<JobSnapshot, JobSnapshot> change)
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

    /// <summary>A job that did not complete has nothing to hand out.</summary>
    public void DropClip(JobId id) => clips.Drop(id);

    /// <summary>Ends a job for good and forgets what is too much or too old. Null when it had ended before or is not here.</summary>
    public JobEntry? End(JobId id, Instant now, JobStatus status, string? code, string? message)
    {
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
            return null;
        }

        lock (_gate)
        {
            _ended.Enqueue(id);
        }

        while (Forget(now) is { } forgotten)
        {
            clips.Drop(forgotten);
        }

        entry.Ended.TrySetResult();
        return entry;
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
}
