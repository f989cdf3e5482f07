using LoadLab.Core;
using LoadLab.Serving;

namespace LoadLab.Planning;

/// <summary>Books each job's part of each piece of work as a journal tells it; what it was for shows when the work or the job ends.</summary>
internal sealed class WorkBook
{
    private readonly Dictionary<ReplicaId, Work> _running = [];
    private readonly Dictionary<JobId, Job> _jobs = [];
    private readonly Duration[] _uses = new Duration[Enum.GetValues<WorkUse>().Length];
    private readonly Dictionary<string, Duration> _tenants = new(StringComparer.Ordinal);

    public void Add(Instant now, ServingEvent e)
    {
        switch (e)
        {
            case ServingEvent.Arrived arrived:
                _jobs[arrived.Job.Id] = new Job(arrived.Job.Tenant);
                break;
            case ServingEvent.StageDone done when _running.TryGetValue(done.Replica, out var work) && work.Start.Batch == done.Batch && work.Start.Stage == done.Stage:
                End(now, done.Replica, failed: false);
                break;
            case ServingEvent.BatchDone done when Runs(done.Replica, done.Batch):
                End(now, done.Replica, failed: false);
                break;
            case ServingEvent.BatchFailed failed when Runs(failed.Replica, failed.Batch):
                End(now, failed.Replica, failed: true);
                break;
            case ServingEvent.ReplicaLost lost:
                End(now, lost.Replica, failed: true);
                break;
            case ServingEvent.Checkpointed kept when Runs(kept.Replica, kept.Batch):
                _running[kept.Replica].Keep(now);
                break;
            case ServingEvent.ReplicaDown down when _running.TryGetValue(down.Replica, out var work):
                work.Stop(now);
                break;
            case ServingEvent.ReplicaRepaired repaired when _running.TryGetValue(repaired.Replica, out var work):
                work.GoOn(now);
                break;
        }
    }

    public void Add(Instant now, Decision d)
    {
        switch (d)
        {
            case Decision.Start start:
                End(now, start.Replica, failed: true);
                Start(now, start);
                break;
            case Decision.Retry retry:
                Settle(retry.Job, WorkUse.Failed, ended: false);
                break;
            case Decision.Requeue requeue:
                Settle(requeue.Job, WorkUse.Failed, ended: false);
                break;
            case Decision.Finish finish:
                Settle(finish.Job, WorkUse.Completed, ended: true);
                break;
            case Decision.Reject reject:
                Settle(reject.Job, WorkUse.Refused, ended: true);
                break;
            case Decision.Fail fail:
                Settle(fail.Job, WorkUse.Failed, ended: true);
                break;
            case Decision.Drop drop:
                Settle(drop.Job, WorkUse.Abandoned, ended: true);
                break;
        }
    }

    public WorkAccount Close(Instant end)
    {
        foreach (var replica in _running.Keys.ToList())
        {
            End(end, replica, failed: false);
        }

        foreach (var id in _jobs.Keys)
        {
            Settle(id, WorkUse.Unfinished, ended: true);
        }

        return new WorkAccount { ByUse = _uses, ByTenant = _tenants, From = "the journal: every attempt, a batch's time in equal parts to its jobs" };
    }

    private void Start(Instant now, Decision.Start start)
    {
        _running[start.Replica] = new Work(start, now);
        foreach (var id in start.FromStep == 0 ? start.Jobs : [])
        {
            // It starts again: what was kept of it was for nothing.
            var job = JobOf(id);
            _uses[(int)WorkUse.Failed] += job.Kept;
            job.Kept = Duration.Zero;
        }
    }

    private bool Runs(ReplicaId replica, BatchId batch) => _running.TryGetValue(replica, out var work) && work.Start.Batch == batch;

    private void End(Instant now, ReplicaId replica, bool failed)
    {
        if (!_running.Remove(replica, out var work))
        {
            return;
        }

        var (took, kept) = (work.At(now), failed ? work.Kept : Duration.Zero);
        for (var i = 0; i < work.Start.Jobs.Count; i++)
        {
            var job = JobOf(work.Start.Jobs[i]);
            var own = Part(took, work.Start.Jobs.Count, i);
            _tenants[job.Tenant] = _tenants.GetValueOrDefault(job.Tenant) + own;
            if (job.Ended is { } use)
            {
                // It ended before its batch did: dropped by its client.
                _uses[(int)use] += own;
                continue;
            }

            var keeps = Part(kept, work.Start.Jobs.Count, i);
            job.Open += own - keeps;
            job.Kept += keeps;
            if (failed)
            {
                Settle(work.Start.Jobs[i], WorkUse.Failed, ended: false);
            }
        }
    }

    private static Duration Part(Duration of, int parts, int index)
    {
        var (each, rest) = Math.DivRem(of.Nanoseconds, parts);
        return new Duration(each + (index < rest ? 1 : 0));
    }

    /// <summary>What the job's attempt has taken so far was for this; at its end, what checkpoints kept of earlier ones too.</summary>
    private void Settle(JobId id, WorkUse use, bool ended)
    {
        var job = JobOf(id);
        _uses[(int)use] += job.Open;
        job.Open = Duration.Zero;
        if (ended)
        {
            _uses[(int)use] += job.Kept;
            job.Kept = Duration.Zero;
            job.Ended ??= use;
        }
    }

    /// <summary>A journal that began after the job arrived does not know its tenant.</summary>
    private Job JobOf(JobId id)
    {
        if (!_jobs.TryGetValue(id, out var job))
        {
            _jobs.Add(id, job = new Job(""));
        }

        return job;
    }

    private sealed class Job(string tenant)
    {
        public string Tenant => tenant;

        public Duration Open { get; set; }

        /// <summary>Of attempts that failed, what a checkpoint kept.</summary>
        public Duration Kept { get; set; }

        public WorkUse? Ended { get; set; }
    }

    /// <summary>A batch on a replica, and how long that has worked on it: not while it was down.</summary>
    private sealed class Work(Decision.Start start, Instant since)
    {
        private Duration _done;
        private Instant? _goes = since;

        public Decision.Start Start => start;

        /// <summary>The part of its time that the last checkpoint kept.</summary>
        public Duration Kept { get; private set; }

        public Duration At(Instant now) => _goes is { } goes ? _done + (now - goes) : _done;

        public void Keep(Instant now) => Kept = At(now);

        public void Stop(Instant now) => (_done, _goes) = (At(now), null);

        public void GoOn(Instant now) => _goes ??= now;
    }
}
