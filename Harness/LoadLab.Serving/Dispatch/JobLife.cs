using LoadLab.Core;
using LoadLab.Serving.Admission;
using LoadLab.Serving.Batching;
using LoadLab.Serving.Priority;
using LoadLab.Serving.Recovery;
using LoadLab.Serving.Safety;

namespace LoadLab.Serving.Dispatch;

/// <summary>A job from its arrival to its end, as far as no replica is concerned: let in or not, checked, queued, expired, retried, given up, ended once.</summary>
internal sealed class JobLife
{
    private readonly ServingOptions _options;
    private readonly TierTable _tiers;
    private readonly JobTable _jobs;
    private readonly JobQueue _queue;
    private readonly FleetState _fleet;
    private readonly Books _books;
    private readonly Gate _gate;
    private readonly List<Decision> _decisions;
    private readonly DueJobs _expiry;
    private readonly DueJobs _retries;
    private readonly DueJobs _checks;
    private long _sequence;
    private bool _shutdown;

    public JobLife(ServingOptions options, TierTable tiers, JobTable jobs, JobQueue queue, FleetState fleet, Books books, List<Decision> decisions)
    {
        (_options, _tiers, _jobs, _queue, _fleet, _books, _decisions) = (options, tiers, jobs, queue, fleet, books, decisions);
        _gate = new Gate(options, tiers, books);
        _expiry = new DueJobs("expire", decisions, job => job is { Open: true, Phase: JobPhase.Waiting, Attempts: 0 });
        _retries = new DueJobs("retry", decisions, job => job is { Open: true, Phase: JobPhase.BackingOff });
        _checks = new DueJobs("safety", decisions, job => job.Open && job.Phase is JobPhase.Checking or JobPhase.CheckingClip);
    }

    public void Arrive(Instant now, JobView view)
    {
        if (_jobs.Contains(view.Id))
        {
            throw new InvalidOperationException($"job {view.Id.Value} arrived twice");
        }

        var lane = _tiers.LaneOf(view.Tier);
        var verdict = _shutdown ? GateVerdict.Refuse("shutdown") : _gate.Ask(now, view, lane, new House(_jobs.Pending, _queue.Count, _fleet.Free, _fleet.Ready));
        var served = verdict.Serve ?? view.Model;
        var job = new JobState(BatchKey.Of(view, served)) { View = view, Lane = lane, Sequence = _sequence++ };
        if (!verdict.Refused && _options.Batching.MaxQueue > 0 && _queue.CountOf(job) >= _options.Batching.MaxQueue)
        {
            verdict = GateVerdict.Refuse("429");
        }

        if (verdict.Refused)
        {
            _decisions.Add(new Decision.Refuse(view.Id, verdict.Reason, verdict.RetryAfter));
            return;
        }

        _books.Quotas.Admit(now, view);
        _jobs.Add(job);
        _decisions.Add(new Decision.Admit(view.Id, verdict.Reason, verdict.Serve));
        if (_options.Safety.Before is { } check)
        {
            Check(now, job, SafetyPhase.Before, check);
        }
        else
        {
            Enqueue(now, job, first: true);
        }
    }

    /// <summary>The work is done: the clip is checked, or the job is finished.</summary>
    public void Done(Instant now, JobState job)
    {
        job.Batch = null;
        if (_options.Safety.After is { } check)
        {
            if (_shutdown)
            {
                EndByShutdown(job);
                return;
            }

            Check(now, job, SafetyPhase.After, check);
        }
        else if (End(job))
        {
            _decisions.Add(new Decision.Finish(job.View.Id, "done"));
        }
    }

    public void Checked(Instant now, JobId id, SafetyPhase phase, bool allowed, string detail)
    {
        if (_jobs.Find(id) is not { } job || job.Phase != (phase == SafetyPhase.Before ? JobPhase.Checking : JobPhase.CheckingClip))
        {
            return;
        }

        if (!allowed)
        {
            End(job);
            _decisions.Add(new Decision.Reject(id, phase == SafetyPhase.Before ? "content-before" : "content-after", detail));
        }
        else if (phase == SafetyPhase.Before)
        {
            Enqueue(now, job, first: true);
        }
        else
        {
            End(job);
            _decisions.Add(new Decision.Finish(id, "done"));
        }
    }

    /// <summary>An attempt failed: another one, at once or later, or the end.</summary>
    /// <param name="now">The instant.</param>
    /// <param name="job">The job; it stands in no queue.</param>
    /// <param name="cause">error, crashed, out-of-memory, replica-lost, load-failed, shutdown …</param>
    /// <param name="detail">One line for people.</param>
    /// <param name="batchSize">Jobs of the batch that failed.</param>
    public void Failed(Instant now, JobState job, string cause, string detail, int batchSize)
    {
        job.Batch = null;
        var retry = _books.Retries.Decide(now, job.View.Id, job.Charged, cause, batchSize);
        if (!retry.Again || _shutdown)
        {
            End(job);
            _decisions.Add(new Decision.Fail(job.View.Id, retry.Again ? "shutdown" : retry.Reason, detail));
            return;
        }

        job.Alone |= retry.Alone;
        _decisions.Add(new Decision.Retry(job.View.Id, job.Charged + 1, retry.At, cause));
        if (retry.At <= now)
        {
            Enqueue(now, job, first: false);
            return;
        }

        _jobs.Move(job, JobPhase.BackingOff);
        _retries.Add(job, retry.At);
    }

    /// <summary>A run ended by nobody's failure: the job is back at the head of its line, and goes on from what was kept of it.</summary>
    /// <param name="now">The instant.</param>
    /// <param name="job">The job; it stands in no queue.</param>
    /// <param name="cause">preempted or reclaimed.</param>
    public void Interrupted(Instant now, JobState job, string cause)
    {
        job.Batch = null;
        if (_shutdown)
        {
            EndByShutdown(job);
            return;
        }

        job.Interruptions++;
        job.Preemptions += cause == FailureCause.Preempted ? 1 : 0;
        job.Delayed = false;
        _decisions.Add(new Decision.Requeue(job.View.Id, job.FromStep, cause));
        Enqueue(now, job, first: false);
    }

    /// <summary>A model could not be loaded for a job that waits.</summary>
    public void LoadFailed(Instant now, JobId id, string detail)
    {
        if (_jobs.Find(id) is { Phase: JobPhase.Waiting } job)
        {
            _queue.Remove(job);
            _books.Unqueue(job);
            job.FailedLoads++;
            Failed(now, job, "load-failed", detail, 1);
        }
    }

    /// <summary>The client gave the job up. Null when it had ended before.</summary>
    public JobState? Cancel(JobId id)
    {
        if (_jobs.Find(id) is not { } job)
        {
            return null;
        }

        if (job.Phase == JobPhase.Waiting)
        {
            Unqueue(job);
        }

        End(job);
        return job;
    }

    /// <summary>What a timer makes due.</summary>
    public void Ring(Instant now, ServingEvent.TimerFired timer)
    {
        if (_expiry.Rings(timer))
        {
            Expire(now);
        }
        else if (_retries.Rings(timer))
        {
            while (_retries.Take(now) is { } job)
            {
                Enqueue(now, job, first: false);
            }

            // One that never ran may have passed its longest wait meanwhile.
            Expire(now);
        }
        else if (_checks.Rings(timer))
        {
            TimeOutChecks(now);
        }
    }

    /// <summary>Whatever no replica works on ends here; what runs may end well.</summary>
    public void Shutdown()
    {
        _shutdown = true;
        foreach (var job in _jobs.AllNotRunning())
        {
            if (job.Phase == JobPhase.Waiting)
            {
                Unqueue(job);
            }

            EndByShutdown(job);
        }

        _expiry.Stop();
        _retries.Stop();
        _checks.Stop();
    }

    private void EndByShutdown(JobState job)
    {
        End(job);
        _decisions.Add(new Decision.Fail(job.View.Id, "shutdown", "the server stops"));
    }

    private void Check(Instant now, JobState job, SafetyPhase phase, SafetyCheck check)
    {
        _jobs.Move(job, phase == SafetyPhase.Before ? JobPhase.Checking : JobPhase.CheckingClip);
        _decisions.Add(new Decision.Check(job.View.Id, phase, "content"));
        job.CheckEnds = now + check.Limit;
        _checks.Add(job, job.CheckEnds);
    }

    private void TimeOutChecks(Instant now)
    {
        while (_checks.Take(now) is { } job)
        {
            // It came up for its prompt's check, and its clip's is under way now.
            if (job.CheckEnds > now)
            {
                continue;
            }

            var phase = job.Phase == JobPhase.Checking ? SafetyPhase.Before : SafetyPhase.After;
            Checked(now, job.View.Id, phase, _options.Safety.Of(phase)!.TimeoutAllows, "the check took too long");
        }
    }

    private void Enqueue(Instant now, JobState job, bool first)
    {
        var seconds = _books.Wait.SecondsOf(job.Key);
        if (first)
        {
            (job.Queued, job.TagSeconds) = (now, seconds ?? 1);
            job.Tag = _books.ShareOf(job.Lane).Tag(job.View.Tenant, job.TagSeconds);
        }

        _jobs.Move(job, JobPhase.Waiting);
        _books.Queue(job, (seconds ?? 0) * LeftOf(job));
        _queue.Add(job);
        if (job.Attempts == 0)
        {
            WatchExpiry(job);
        }
    }

    /// <summary>The part of its work that is still to do, by its steps.</summary>
    private static double LeftOf(JobState job) => job.FromStep == 0 ? 1 : 1 - ((double)job.FromStep / job.View.Steps);

    private void WatchExpiry(JobState job)
    {
        if (LastUse(job) is { } last)
        {
            job.Expiry = _expiry.Add(job, last);
        }

        if (_options.Batching.QueueTimeout is { } timeout && !job.Delayed)
        {
            _expiry.Add(job, job.Queued + timeout);
        }
    }

    /// <summary>Past it the job is refused: its tier's longest wait, and with early refusal its deadline. An emergency job has none.</summary>
    private Instant? LastUse(JobState job)
    {
        var tier = _tiers.Of(job.Lane);
        if (tier.Emergency)
        {
            return null;
        }

        var waited = tier.MaxWait is { } most ? job.Queued + most : (Instant?)null;
        return _options.Admission.EarlyRefusal && job.View.Deadline is { } deadline && (waited is null || deadline < waited) ? deadline : waited;
    }

    /// <summary>Refuses whoever has waited too long. Asked before every event, so that no late timer lets one run.</summary>
    public void Expire(Instant now)
    {
        while (_expiry.Take(now) is { } job)
        {
            if (LastUse(job) <= now || !_options.Batching.TimeoutDelays)
            {
                Unqueue(job);
                End(job);
                _decisions.Add(new Decision.Reject(job.View.Id, "expired", "its time in the queue passed before a replica was free"));
            }
            else if (!job.Delayed)
            {
                _queue.Remove(job);
                job.Delayed = true;
                _queue.Add(job);
            }
        }
    }

    private void Unqueue(JobState job)
    {
        _queue.Remove(job);
        _books.Unqueue(job);
        if (job.Attempts == 0)
        {
            _books.ShareOf(job.Lane).Dropped(job.View.Tenant, job.TagSeconds);
        }
    }

    private bool End(JobState job)
    {
        if (!_jobs.Remove(job))
        {
            return false;
        }

        _books.Quotas.End(job.View);
        return true;
    }
}
