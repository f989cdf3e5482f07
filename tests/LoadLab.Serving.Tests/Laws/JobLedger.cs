using LoadLab.Core;
using LoadLab.Serving.Batching;
using LoadLab.Serving.Safety;

namespace LoadLab.Serving.Tests.Laws;

/// <summary>
/// What becomes of every job: let in or refused, and then ended exactly once; in one state at every instant; started within its retries, on one replica at a time, with
/// its like, in its order.
/// </summary>
internal sealed class JobLedger(ServingOptions options, ServingCore core, FleetLedger fleet, QuotaLedger quotas)
{
    /// <summary>Timers of a story are late by this at most.</summary>
    private static readonly Duration s_late = Duration.FromMilliseconds(200);

    private static readonly Instant s_never = new(long.MaxValue / 2);

    private readonly Dictionary<JobId, SeenJob> _jobs = [];
    private readonly Dictionary<BatchId, SeenBatch> _batches = [];
    private readonly Dictionary<BatchKey, int> _learned = [];
    private readonly ServiceOrder _order = new(options);
    private int _arrived;
    private int _refused;
    private int _ended;
    private long _lastBatch = -1;
    private bool _shutdown;
    private JobView? _asks;
    private ModelId? _notLoaded;
    private (int Pending, int Free) _house;

    public int Open => _jobs.Count;

    public void Before(Instant now, ServingEvent e, bool isTimer)
    {
        (_asks, _notLoaded) = (null, null);
        switch (e)
        {
            case ServingEvent.Arrived arrived:
                _arrived++;
                _asks = arrived.Job;
                _house = (_jobs.Values.Count(job => job.IsPending), fleet.Free);
                break;
            case ServingEvent.SafetyChecked check when _jobs.TryGetValue(check.Job, out var job) && job.State == (check.Phase == SafetyPhase.Before ? SeenState.Checking : SeenState.CheckingClip):
                Checked(now, job, check.Allowed);
                break;
            case ServingEvent.Cancelled cancelled when _jobs.TryGetValue(cancelled.Job, out var job):
                job.Verdict = "cancelled";
                break;
            case ServingEvent.TimerFired { Purpose: "safety" } when isTimer:
                foreach (var job in _jobs.Values.Where(job => job.IsChecked && job.Due <= now))
                {
                    Checked(now, job, options.Safety.Of(job.State == SeenState.Checking ? SafetyPhase.Before : SafetyPhase.After)!.TimeoutAllows);
                }

                break;
            case ServingEvent.TimerFired { Purpose: "retry" } when isTimer:
                foreach (var job in _jobs.Values.Where(job => job.State == SeenState.BackingOff && job.Due <= now))
                {
                    job.State = SeenState.Waiting;
                }

                break;
            case ServingEvent.LoadFailed failed when fleet.Loads(failed.Replica, failed.Model):
                _notLoaded = failed.Model;
                break;
            case ServingEvent.StageDone { Stage: Stage.Text or Stage.Denoise } done when fleet.Runs(done.Replica, done.Batch) && _batches[done.Batch].Stage == done.Stage:
                _batches[done.Batch].Between = true;
                Forget();
                break;
            case ServingEvent.BatchDone done when fleet.Runs(done.Replica, done.Batch):
                End(done.Batch, options.Safety.After is null ? "finish" : _shutdown ? "shutdown" : "check");
                break;
            case ServingEvent.BatchFailed failed when fleet.Runs(failed.Replica, failed.Batch):
                Failed(failed.Batch, failed.Cause);
                break;
            case ServingEvent.Checkpointed kept when fleet.Runs(kept.Replica, kept.Batch) && _batches[kept.Batch] is { Stage: Stage.Whole } batch && kept.Step <= batch.Key.Steps:
                batch.Checkpoint = Math.Max(batch.Checkpoint, kept.Step);
                break;
            case ServingEvent.ReplicaLost lost when fleet.RunningOn(lost.Replica) is { } batch:
                Failed(batch, lost.Cause == "reclaimed" ? "reclaimed" : "replica-lost");
                break;
            case ServingEvent.Shutdown:
                _shutdown = true;
                break;
        }
    }

    public void Decided(Instant now, Decision decision)
    {
        switch (decision)
        {
            case Decision.Admit admit:
                Admitted(now, admit);
                break;
            case Decision.Refuse refuse:
                Refused(refuse);
                break;
            case Decision.Check check:
                Check(now, check);
                break;
            case Decision.Start start:
                Started(now, start);
                break;
            case Decision.Retry retry:
                Retried(now, retry);
                break;
            case Decision.Requeue requeue:
                Requeued(requeue);
                break;
            case Decision.Preempt preempt:
                Preempted(now, preempt);
                break;
            case Decision.Finish finish:
                Ended(finish.Job, job => job.Verdict == "finish", "finished, but its work was not done");
                break;
            case Decision.Drop drop:
                Ended(drop.Job, job => job.Verdict == "cancelled", "dropped, but nobody gave it up");
                break;
            case Decision.Reject { Reason: "expired" } reject:
                Ended(reject.Job, job => job is { State: SeenState.Waiting, Starts: 0 } && now >= job.LastUse, "expired before its time");
                break;
            case Decision.Reject reject:
                Ended(reject.Job, job => job.Verdict == reject.Reason, $"rejected as {reject.Reason}, but its check did not say so");
                break;
            case Decision.Fail fail:
                Ended(fail.Job, job => fail.Reason == "shutdown" ? _shutdown : IsFailed(job, fail.Reason) && IsSpent(job, fail.Reason), $"failed as {fail.Reason} with retries left, or for nothing");
                break;
        }
    }

    public void After(Instant now)
    {
        Law.Holds(_arrived == _refused + _ended + Open, $"{_arrived} arrived, but {_refused} refused + {_ended} ended + {Open} open is not that");
        var waiting = 0;
        foreach (var job in _jobs.Values)
        {
            Law.Holds(job.Verdict is null, $"job {job.Id}: {job.Verdict}, and nothing came of it");
            Law.Holds(!_shutdown || job.State == SeenState.Running, $"job {job.Id} is {job.State} although the server stops");
            Law.Holds(job.State != SeenState.Running || _batches.ContainsKey(job.Batch), $"job {job.Id} runs in a batch that is over");
            Law.Holds(!(job is { State: SeenState.Waiting, Starts: 0 } && now > job.LastUse + s_late), $"job {job.Id} waits past its longest wait");
            Law.Holds(!job.IsChecked || now <= job.Due + s_late, $"the check of job {job.Id} takes longer than its limit");
            Law.Holds(job.State != SeenState.BackingOff || now <= job.Due + s_late, $"job {job.Id} is not back in the queue although its time has come");
            waiting += job.State == SeenState.Waiting ? 1 : 0;
        }

        Law.Holds(core.QueueLength == waiting, $"{core.QueueLength} jobs wait in the core, {waiting} by what it decided");
        Forget();
    }

    public void AtTheEnd() => Law.Holds(Open == 0, $"{Open} jobs never ended");

    /// <summary>A batch between two replicas ends when nobody wants it any more.</summary>
    private void Forget()
    {
        foreach (var batch in _batches.Values.Where(batch => batch.Between && !batch.Jobs.Any(IsIn(batch))).ToList())
        {
            _batches.Remove(batch.Id);
        }
    }

    private Func<SeenJob, bool> IsIn(SeenBatch batch) => job => job.State == SeenState.Running && job.Batch == batch.Id && _jobs.ContainsKey(job.View.Id);

    private void Checked(Instant now, SeenJob job, bool allowed)
    {
        var before = job.State == SeenState.Checking;
        if (!allowed)
        {
            job.Verdict = before ? "content-before" : "content-after";
        }
        else if (before)
        {
            Queue(now, job);
        }
        else
        {
            job.Verdict = "finish";
        }
    }

    /// <summary>Past its last use a job that never ran is refused: its tier's longest wait, its deadline with early refusal, Triton's time in the queue.</summary>
    private void Queue(Instant now, SeenJob job)
    {
        (job.State, job.Queued) = (SeenState.Waiting, now);
        var tier = _order.TierOf(job);
        var last = tier is { Emergency: false, MaxWait: { } most } ? now + most : s_never;
        last = options.Admission.EarlyRefusal && !tier.Emergency && job.View.Deadline is { } deadline ? Earlier(last, deadline) : last;
        job.LastUse = options.Batching is { QueueTimeout: { } timeout, TimeoutDelays: false } ? Earlier(last, now + timeout) : last;
    }

    private void Failed(BatchId id, string cause)
    {
        var batch = _batches[id];
        foreach (var job in batch.Jobs.Where(IsIn(batch)))
        {
            job.FromStep = cause is "error" or "crashed" ? 0 : batch.Checkpoint;
        }

        End(id, cause);
        if (cause == "out-of-memory")
        {
            _learned[batch.Key] = Math.Min(Math.Max(1, batch.Jobs.Count / 2), _learned.GetValueOrDefault(batch.Key, int.MaxValue));
        }

        if (batch.Jobs.Count > 1 && cause is "error" or "crashed")
        {
            batch.Jobs.ForEach(job => job.Alone = batch.Jobs.Count > 1);
        }
    }

    private void End(BatchId id, string verdict)
    {
        var batch = _batches[id];
        foreach (var job in batch.Jobs.Where(IsIn(batch)))
        {
            job.Verdict = verdict;
        }

        _batches.Remove(id);
    }

    private void Admitted(Instant now, Decision.Admit admit)
    {
        Law.Holds(_asks?.Id == admit.Job, "a job was let in that did not ask");
        Law.Holds(!_shutdown, "a job was let in although the server stops");
        var job = new SeenJob(_asks!, admit.Serve ?? _asks!.Model);
        Law.Holds(_jobs.TryAdd(admit.Job, job), "a job was let in twice");
        var most = _order.TierOf(job).Emergency ? options.QueueLimit + Math.Max(16, options.QueueLimit) : options.QueueLimit + _house.Free;
        Law.Holds(_house.Pending < most, $"job {job.Id} was let in although {_house.Pending} are before a replica and {most} may be");
        quotas.Admitted(job.View);
        _asks = null;
        if (options.Safety.Before is null)
        {
            Queue(now, job);
        }
        else
        {
            job.Verdict = "check";
        }
    }

    private void Refused(Decision.Refuse refuse)
    {
        Law.Holds(_asks?.Id == refuse.Job, "a job was refused that did not ask");
        Law.Holds(refuse.Reason != "429" || options.Batching.MaxQueue > 0 || _house.Pending >= options.QueueLimit + _house.Free || _house.Pending >= options.QueueLimit + 16, "a job was refused although there was room");
        Law.Holds(!refuse.Reason.StartsWith("quota", StringComparison.Ordinal) || quotas.IsFull(_asks!), "a job was refused for a quota that is not used up");
        Law.Holds(refuse.Reason != "shutdown" || _shutdown, "a job was refused because the server stops, but it does not");
        _asks = null;
        _refused++;
    }

    private void Check(Instant now, Decision.Check check)
    {
        var job = Find(check.Job);
        Law.Holds(job.Verdict == "check" && job.State == (check.Phase == SafetyPhase.Before ? SeenState.Checking : SeenState.Running), $"job {job.Id}, {job.State}, is checked");
        (job.Verdict, job.Due) = (null, now + options.Safety.Of(check.Phase)!.Limit);
        job.State = check.Phase == SafetyPhase.Before ? SeenState.Checking : SeenState.CheckingClip;
    }

    private bool IsFailed(SeenJob job, string cause) =>
        cause == "load-failed" ? (job.State == SeenState.Waiting || IsBetween(job)) && job.Served == _notLoaded : job.Verdict == cause && job.State == SeenState.Running;

    /// <summary>Whether its batch lies between two replicas: a stage that cannot be loaded ends the attempt that was started.</summary>
    private bool IsBetween(SeenJob job) => job.State == SeenState.Running && _batches.GetValueOrDefault(job.Batch) is { Between: true };

    /// <summary>Whether there is no further attempt: the retries are used up, or the job does not even fit alone.</summary>
    private bool IsSpent(SeenJob job, string cause) =>
        job.Starts - job.Interruptions + job.FailedLoads + (cause == "load-failed" && job.State == SeenState.Waiting ? 1 : 0) > options.Recovery.Retries || (cause == "out-of-memory" && job.BatchSize == 1);

    private void Requeued(Decision.Requeue requeue)
    {
        var job = Find(requeue.Job);
        Law.Holds(job.State == SeenState.Running && job.Verdict == requeue.Reason && requeue.Reason is "preempted" or "reclaimed", $"job {job.Id}, {job.State}, is queued again as {requeue.Reason}, but was not");
        Law.Holds(!_shutdown && requeue.FromStep == job.FromStep, $"job {job.Id} has {job.FromStep} steps and is to go on from {requeue.FromStep}, or the server stops");
        (job.State, job.Verdict) = (SeenState.Waiting, null);
        job.Interruptions++;
        job.Preemptions += requeue.Reason == "preempted" ? 1 : 0;
    }

    /// <summary>A batch gives way once, to a waiting job of a better tier that its replica serves and that no free one does, and no more often than its jobs must.</summary>
    private void Preempted(Instant now, Decision.Preempt preempt)
    {
        Law.Holds(options.Preemption.On && fleet.Runs(preempt.Replica, preempt.Batch), $"batch {preempt.Batch.Value} is to give way, but does not run there");
        var (batch, replica) = (_batches[preempt.Batch], fleet.Of(preempt.Replica));
        Law.Holds(!batch.GivesWay && replica is { Released: false, Down: false } && batch.Stage == Stage.Whole, $"batch {batch.Id.Value} is to give way twice, or for nothing");
        batch.GivesWay = true;
        var members = batch.Jobs.Where(IsIn(batch)).ToList();
        Law.Holds(members.Count > 0 && members.All(job => !(job.Preemptions >= options.Preemption.Most)), $"batch {batch.Id.Value} gives way too often");
        Law.Holds(
            _jobs.Values.Any(job => job.State == SeenState.Waiting && job.Served == replica.Model && members.All(member => _order.Rank(job) < _order.Rank(member)) && _order.Serves(replica, job)
                && (options.Preemption.By.Count == 0 || options.Preemption.By.Contains(_order.TierOf(job).Name)) && !fleet.All.Any(free => free.TakesWork && _order.Serves(free, job))),
            $"batch {batch.Id.Value} gives way at {now.Seconds} to nobody");
    }

    private void Retried(Instant now, Decision.Retry retry)
    {
        var job = Find(retry.Job);
        Law.Holds(IsFailed(job, retry.Reason), $"job {job.Id}, {job.State}, is tried again, but it did not fail as {retry.Reason}");
        Law.Holds(!IsSpent(job, retry.Reason) && !_shutdown, $"job {job.Id} is tried again past its retries, or although the server stops");
        job.FailedLoads += retry.Reason == "load-failed" && job.State == SeenState.Waiting ? 1 : 0;
        Law.Holds(retry.Attempt == job.Starts - job.Interruptions + job.FailedLoads + 1, $"attempt {retry.Attempt} follows {job.Starts} starts and {job.FailedLoads} failed loads of job {job.Id}");
        (job.State, job.Due, job.Verdict) = (retry.At > now ? SeenState.BackingOff : SeenState.Waiting, retry.At, null);
    }

    private void Started(Instant now, Decision.Start start)
    {
        Law.Holds(start.Jobs.Count > 0 && start.Jobs.Distinct().Count() == start.Jobs.Count, "a batch is empty or has a job twice");
        if (start.Stage is Stage.Denoise or Stage.Decode)
        {
            NextStage(start);
            return;
        }

        Law.Holds(!_shutdown, "a batch starts although the server stops");
        Law.Holds(start.Batch.Value > _lastBatch, "a batch's number was used again");
        _lastBatch = start.Batch.Value;
        var replica = fleet.Of(start.Replica);
        var jobs = start.Jobs.Select(Find).ToList();
        var key = jobs[0].Key;
        var limit = Math.Min(_learned.GetValueOrDefault(key, int.MaxValue), options.Batching.Memory?.LimitOf(replica.FreeBytes, key, options.Batching.MaxBatch) ?? options.Batching.MaxBatch);
        Law.Holds(jobs.Count <= Math.Max(1, limit), $"{jobs.Count} jobs run together, {limit} may");
        Law.Holds(replica.Model == jobs[0].Served, $"replica {start.Replica.Value} does not have the model of what it runs");
        _order.Holds(now, start, jobs[0], replica, _jobs.Values, _batches.Values);
        foreach (var job in jobs)
        {
            Law.Holds(job.State == SeenState.Waiting, $"job {job.Id}, {job.State}, was started");
            Law.Holds(job.Key == key, $"jobs {jobs[0].Id} and {job.Id} are not alike and run together");
            Law.Holds(!job.Alone || jobs.Count == 1, $"job {job.Id} failed with others before and runs with others again");
            Law.Holds(job.Starts > 0 || now <= job.LastUse, $"job {job.Id} runs past its longest wait");
            Law.Holds(job.FromStep == start.FromStep, $"job {job.Id} has {job.FromStep} steps and its batch starts at {start.FromStep}");
            Law.Holds(job.Starts - job.Interruptions + job.FailedLoads <= options.Recovery.Retries, $"job {job.Id} runs more often than its retries let it");
            _order.Holds(now, job, replica, _batches.Values);
            (job.State, job.Batch, job.BatchSize) = (SeenState.Running, start.Batch, jobs.Count);
            job.Starts++;
        }

        _batches.Add(start.Batch, new SeenBatch(start.Batch, key, jobs) { Stage = start.Stage, Checkpoint = start.FromStep });
    }

    private void NextStage(Decision.Start start)
    {
        Law.Holds(_batches.TryGetValue(start.Batch, out var batch) && batch.Between, $"{start.Stage} of batch {start.Batch.Value} starts, but it does not wait for it");
        Law.Holds(start.Stage == (batch!.Stage == Stage.Text ? Stage.Denoise : Stage.Decode), $"{start.Stage} follows {batch.Stage}");
        Law.Holds(start.Jobs.SequenceEqual(batch.Jobs.Where(IsIn(batch)).Select(job => job.View.Id)), $"{start.Stage} of batch {start.Batch.Value} has other jobs than those that are left");
        Law.Holds(fleet.Of(start.Replica).Model == batch.Key.Model, $"replica {start.Replica.Value} does not have the model of what it runs");
        (batch.Stage, batch.Between) = (start.Stage, false);
    }

    private void Ended(JobId id, Func<SeenJob, bool> lawful, string broken)
    {
        var job = Find(id);
        Law.Holds(lawful(job), $"job {id.Value}, {job.State}, {broken}");
        _jobs.Remove(id);
        _house.Pending -= job.IsPending ? 1 : 0;
        job.Verdict = null;
        quotas.Ended(job.View);
        _ended++;
    }

    private static Instant Earlier(Instant a, Instant b) => a < b ? a : b;

    private SeenJob Find(JobId id)
    {
        Law.Holds(_jobs.ContainsKey(id), $"job {id.Value} is not open");
        return _jobs[id];
    }
}
