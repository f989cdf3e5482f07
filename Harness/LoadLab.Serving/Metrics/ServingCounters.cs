using LoadLab.Core;
using LoadLab.Serving.Batching;
using LoadLab.Serving.Journal;
using LoadLab.Serving.Safety;

namespace LoadLab.Serving.Metrics;

/// <summary>
/// What a server did, counted from events and decisions as they pass, live, emulated or simulated, or from a journal. Pure: told instants, not thread-safe. Memory
/// is bounded by the jobs that are open, the replicas that exist, and fixed limits.
/// </summary>
public sealed class ServingCounters(ServingOptions serving)
{
    private readonly Dictionary<JobId, OpenJob> _jobs = [];
    private readonly RunningWork _work = new();
    private readonly LoadLog _loads = new();

    /// <summary>Jobs let in. Those that a lighter model serves have a reason of their own.</summary>
    public ReasonCounts Admitted { get; } = new();

    /// <summary>Jobs let in that a lighter model serves.</summary>
    public long ServedByLighter { get; private set; }

    /// <summary>Jobs never let in.</summary>
    public ReasonCounts Refused { get; } = new();

    /// <summary>Jobs let in and refused after all.</summary>
    public ReasonCounts Rejected { get; } = new();

    /// <summary>Further attempts, by why the last one failed.</summary>
    public ReasonCounts Retried { get; } = new();

    /// <summary>Runs that ended by nobody's failure and whose jobs went on later, by why.</summary>
    public ReasonCounts Requeued { get; } = new();

    /// <summary>Jobs that failed for good.</summary>
    public ReasonCounts Failed { get; } = new();

    /// <summary>Those of <see cref="Failed"/> that ran at least once.</summary>
    public ReasonCounts DeadLetters { get; } = new();

    /// <summary>Jobs that their clients gave up.</summary>
    public ReasonCounts Dropped { get; } = new();

    public long Finished { get; private set; }

    public BatchSizes Batches { get; } = new();

    /// <summary>Jobs in batches over the jobs that as many full batches hold; null before the first.</summary>
    public double? BatchFill => Batches.Batches == 0 ? null : (double)Batches.Jobs / ((double)Batches.Batches * serving.Batching.MaxBatch);

    /// <summary>Loads of a model that was not loaded, without those that failed.</summary>
    public Spans Loads => _loads.Loads;

    /// <summary>Warm-ups of a model that was loaded.</summary>
    public Spans Pings => _loads.Pings;

    public Spans Unloads => _loads.Unloads;

    public long LoadFailures => _loads.LoadFailures;

    /// <summary>The latest 1,000, in order of their load's end.</summary>
    public IReadOnlyList<ColdStart> ColdStarts => _loads.ColdStarts;

    /// <summary>The last of <see cref="ColdStarts"/>; null before the first.</summary>
    public ColdStart? LatestColdStart => _loads.Latest;

    /// <summary>Replicas gone, as asked or by a fault.</summary>
    public long ReplicasLost { get; private set; }

    /// <summary>By policy.</summary>
    public ReasonCounts PolicyFaults { get; } = new();

    public SafetyCounts Before { get; } = new();

    public SafetyCounts After { get; } = new();

    /// <summary>GPU time given to jobs, whatever became of them.</summary>
    public Duration Gpu { get; private set; }

    /// <summary>The part of <see cref="Gpu"/> spent on attempts that failed and on clips that were refused.</summary>
    public Duration WastedGpu { get; private set; }

    public TenantTime Tenants { get; } = new(serving.Fairness);

    /// <summary>Jobs that have not ended.</summary>
    public int Open => _jobs.Count;

    public static ServingCounters OfJournal(string path)
    {
        using var reader = JournalReader.Open(path);
        return OfJournal(reader);
    }

    public static ServingCounters OfJournal(JournalReader reader)
    {
        var counters = new ServingCounters(reader.Header.Serving);
        foreach (var entry in reader.Entries())
        {
            if (entry.Event is { } e)
            {
                counters.Add(entry.Now, e);
            }
            else
            {
                counters.Add(entry.Now, entry.Decision!);
            }
        }

        return counters;
    }

    public void Add(Instant now, ServingEvent e)
    {
        if (_work.End(now, e) is { } work)
        {
            End(work);
        }

        switch (e)
        {
            case ServingEvent.Arrived arrived:
                _jobs[arrived.Job.Id] = new OpenJob(arrived.Job);
                Tenants.Add(arrived.Job.Tenant, Duration.Zero);
                break;
            case ServingEvent.SafetyChecked safety when Find(safety.Job) is { Checked: { } check } job && check.Phase == safety.Phase:
                Of(check.Phase).Answer(now - check.Since);
                job.Checked = null;
                break;
            case ServingEvent.ReplicaLost:
                ReplicasLost++;
                break;
        }

        _loads.Add(now, e);
    }

    public void Add(Instant now, Decision d)
    {
        switch (d)
        {
            case Decision.Admit admit:
                Admit(admit);
                break;
            case Decision.Retry retry:
                Retried.Add(retry.Reason);
                Waste(retry.Job);
                break;
            case Decision.Requeue requeue:
                Requeued.Add(requeue.Reason);
                Waste(requeue.Job);
                break;
            case Decision.Check check:
                Find(check.Job)?.Checked = (check.Phase, now);
                break;
            case Decision.Start start:
                Start(now, start);
                break;
            case Decision.PolicyFault fault:
                PolicyFaults.Add(fault.Policy);
                break;
            default:
                AddEnd(now, d);
                break;
        }

        _loads.Add(now, d);
    }

    private void AddEnd(Instant now, Decision d)
    {
        switch (d)
        {
            case Decision.Refuse refuse:
                Refused.Add(refuse.Reason);
                _jobs.Remove(refuse.Job);
                break;
            case Decision.Finish finish:
                Finished++;
                End(now, finish.Job);
                break;
            case Decision.Reject reject:
                Reject(now, reject);
                break;
            case Decision.Fail fail:
                Failed.Add(fail.Reason);
                if (Find(fail.Job) is { Attempts: > 0 })
                {
                    DeadLetters.Add(fail.Reason);
                }

                WasteAll(fail.Job);
                End(now, fail.Job);
                break;
            case Decision.Drop drop:
                Dropped.Add(drop.Reason);
                Find(drop.Job)?.Checked = null;
                End(now, drop.Job);
                break;
        }
    }

    private OpenJob? Find(JobId id) => _jobs.GetValueOrDefault(id);

    private SafetyCounts Of(SafetyPhase phase) => phase == SafetyPhase.Before ? Before : After;

    private void Admit(Decision.Admit admit)
    {
        Admitted.Add(admit.Reason);
        if (admit.Serve is { } lighter)
        {
            ServedByLighter++;
            Find(admit.Job)?.Served = lighter;
        }
    }

    private void Start(Instant now, Decision.Start start)
    {
        if (_work.Start(now, start) is { } left)
        {
            End(left);
        }

        var isNew = false;
        foreach (var id in start.Jobs)
        {
            if (Find(id) is { } job)
            {
                CloseCheck(now, job);
                job.Runs = true;
                isNew |= job.Batch != start.Batch;
                job.Attempts += job.Batch != start.Batch ? 1 : 0;
                job.Batch = start.Batch;
                if (start.FromStep == 0 && start.Stage is Stage.Whole or Stage.Text)
                {
                    WasteKept(job);
                }
            }
        }

        if (isNew)
        {
            Batches.Add(start.Jobs.Count);
        }
    }

    private void End(EndedWork work)
    {
        BatchKey? key = null;
        for (var i = 0; i < work.Start.Jobs.Count; i++)
        {
            var id = work.Start.Jobs[i];
            if (Find(id) is not { } job)
            {
                continue;
            }

            key ??= BatchKey.Of(job.View, job.Served);
            job.Gpu += work.Share(i);
            job.Attempt += work.Lost(i);
            job.Kept += work.Share(i) - work.Lost(i);
            Gpu += work.Share(i);
            Tenants.Add(job.View.Tenant, work.Share(i));
            job.Runs = false;
            if (job.Ended)
            {
                _jobs.Remove(id);
            }
        }

        if (work is { Done: true, Start.FromStep: 0 } && key is { } known)
        {
            _loads.Add(work, known);
        }
    }

    private void Reject(Instant now, Decision.Reject reject)
    {
        Rejected.Add(reject.Reason);
        if (reject.Reason is "content-before" or "content-after")
        {
            Of(reject.Reason == "content-before" ? SafetyPhase.Before : SafetyPhase.After).Refuse(Find(reject.Job)?.Gpu ?? Duration.Zero);
        }

        WasteAll(reject.Job);
        End(now, reject.Job);
    }

    /// <summary>What the job's attempt took, and what was kept of those before, was for nothing.</summary>
    private void WasteAll(JobId id)
    {
        Waste(id);
        if (Find(id) is { } job)
        {
            WasteKept(job);
        }
    }

    private void WasteKept(OpenJob job)
    {
        WastedGpu += job.Kept;
        job.Kept = Duration.Zero;
    }

    /// <summary>What the job's attempt took and no checkpoint has kept was for nothing.</summary>
    private void Waste(JobId id)
    {
        if (Find(id) is { } job)
        {
            WastedGpu += job.Attempt;
            job.Attempt = Duration.Zero;
        }
    }

    /// <summary>A job that still runs (its client left) is kept until its batch ends: that time is its tenant's too.</summary>
    private void End(Instant now, JobId id)
    {
        if (Find(id) is not { } job)
        {
            return;
        }

        CloseCheck(now, job);
        job.Ended = true;
        if (!job.Runs)
        {
            _jobs.Remove(id);
        }
    }

    /// <summary>The job moved on without its check's answer: the limit had passed.</summary>
    private void CloseCheck(Instant now, OpenJob job)
    {
        if (job.Checked is { } check)
        {
            var waited = now - check.Since;
            var limit = serving.Safety.Of(check.Phase)?.Limit ?? waited;
            Of(check.Phase).Miss(waited < limit ? waited : limit);
            job.Checked = null;
        }
    }

    private sealed class OpenJob(JobView view)
    {
        public JobView View => view;

        public ModelId Served { get; set; } = view.Model;

        public int Attempts { get; set; }

        public BatchId? Batch { get; set; }

        public bool Runs { get; set; }

        public bool Ended { get; set; }

        /// <summary>Over all attempts.</summary>
        public Duration Gpu { get; set; }

        /// <summary>GPU time since its attempt began, without what a checkpoint has kept.</summary>
        public Duration Attempt { get; set; }

        /// <summary>GPU time of earlier attempts that the next one goes on from.</summary>
        public Duration Kept { get; set; }

        public (SafetyPhase Phase, Instant Since)? Checked { get; set; }
    }
}
