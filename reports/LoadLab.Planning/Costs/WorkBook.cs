using LoadLab.Core;
using LoadLab.Serving;

namespace LoadLab.Planning;

/// <summary>Books each job's part of each piece of work as a journal tells it; what it was for shows when the work or the job ends.</summary>
internal sealed class WorkBook
{
    private readonly Dictionary<ReplicaId, (Decision.Start Start, Instant Since)> _running = [];
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
        }
    }

    public void Add(Instant now, Decision d)
    {
        switch (d)
        {
            case Decision.Start start:
                End(now, start.Replica, failed: true);
                _running[start.Replica] = (start, now);
                break;
            case Decision.Retry retry:
                Settle(retry.Job, WorkUse.Failed, ended: false);
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

    private bool Runs(ReplicaId replica, BatchId batch) => _running.TryGetValue(replica, out var work) && work.Start.Batch == batch;

    private void End(Instant now, ReplicaId replica, bool failed)
    {
        if (!_running.Remove(replica, out var work))
        {
            return;
        }

        var (each, rest) = Math.DivRem((now - work.Since).Nanoseconds, work.Start.Jobs.Count);
        for (var i = 0; i < work.Start.Jobs.Count; i++)
        {
            var job = JobOf(work.Start.Jobs[i]);
            var own = new Duration(each + (i < rest ? 1 : 0));
            _tenants[job.Tenant] = _tenants.GetValueOrDefault(job.Tenant) + own;
            if (job.Ended is { } use)
            {
                // It ended before its batch did: dropped by its client.
                _uses[(int)use] += own;
                continue;
            }

            job.Open += own;
            if (failed)
            {
                Settle(work.Start.Jobs[i], WorkUse.Failed, ended: false);
            }
        }
    }

    /// <summary>What the job's attempt has taken so far was for this.</summary>
    private void Settle(JobId id, WorkUse use, bool ended)
    {
        var job = JobOf(id);
        _uses[(int)use] += job.Open;
        job.Open = Duration.Zero;
        if (ended)
        {
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

        public WorkUse? Ended { get; set; }
    }
}
