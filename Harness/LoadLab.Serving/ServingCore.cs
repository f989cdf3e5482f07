using LoadLab.Core;
using LoadLab.Serving.Autoscaling;
using LoadLab.Serving.Dispatch;

namespace LoadLab.Serving;

/// <summary>
/// The serving core: told an instant and an event, it returns decisions. It reads no clock, draws no chance, waits for nothing and does no I/O, so that the same
/// events at the same instants bring the same decisions live, emulated, simulated and replayed. One thread runs it.
/// </summary>
public sealed class ServingCore
{
    /// <summary>Counted up whenever the same events would bring other decisions.</summary>
    public const int Version = 2;

    private readonly ServingOptions _options;
    private readonly List<Decision> _decisions = [];
    private readonly JobTable _jobs = new();
    private readonly FleetState _fleet = new();
    private readonly Dispatcher _dispatcher;
    private readonly Scaler _scaler;
    private Instant _now = new(long.MinValue);
    private bool _shutdown;

    /// <param name="serving">The rules.</param>
    /// <param name="autoscaler">The scaling rule.</param>
    /// <param name="seed">Of the run: what looks like chance is a hash of it.</param>
    public ServingCore(ServingOptions serving, AutoscalerOptions autoscaler, Seed seed)
    {
        _options = serving;
        _ = seed;
        _dispatcher = new Dispatcher(_jobs, _fleet, _decisions);
        _scaler = new Scaler(serving, autoscaler.Create(), _fleet, _decisions);
    }

    /// <summary>Jobs that wait.</summary>
    public int QueueLength => _jobs.Waiting;

    /// <summary>The decisions in order; the list is used again by the next call. Throws <see cref="InvalidOperationException"/> when time runs backwards.</summary>
    public IReadOnlyList<Decision> Handle(Instant now, ServingEvent e)
    {
        if (now < _now)
        {
            throw new InvalidOperationException($"an event of {now} s came after one of {_now} s");
        }

        _now = now;
        _decisions.Clear();
        _fleet.Advance(now);
        Take(e);
        return _decisions;
    }

    private void Take(ServingEvent e)
    {
        switch (e)
        {
            case ServingEvent.Started:
                _scaler.Start(_now);
                break;
            case ServingEvent.Arrived arrived:
                Arrive(arrived.Job);
                break;
            case ServingEvent.Cancelled cancelled:
                Cancel(cancelled.Job);
                break;
            case ServingEvent.BatchDone done:
                EndBatch(done.Replica, done.Batch, job => new Decision.Finish(job, "done"));
                break;
            case ServingEvent.BatchFailed failed:
                EndBatch(failed.Replica, failed.Batch, job => new Decision.Fail(job, failed.Cause, failed.Detail));
                break;
            case ServingEvent.TimerFired timer:
                _scaler.Tick(_now, timer, _jobs.Waiting);
                _dispatcher.Run();
                break;
            case ServingEvent.ReplicaLost lost:
                Lose(lost);
                break;
            case ServingEvent.Shutdown:
                Stop();
                break;
            default:
                TakeReplica(e);
                break;
        }
    }

    /// <summary>A replica's own progress. Stages and observations bring no decision yet.</summary>
    private void TakeReplica(ServingEvent e)
    {
        switch (e)
        {
            case ServingEvent.ReplicaProvisioned provisioned when _fleet.Find(provisioned.Replica) is { Phase: ReplicaPhase.Ordered } replica:
                _fleet.Move(replica, ReplicaPhase.Starting);
                break;
            case ServingEvent.ReplicaReady ready when _fleet.Find(ready.Replica) is { WasReady: false } replica:
                Ready(replica);
                break;
            case ServingEvent.ModelLoaded loaded when _fleet.Find(loaded.Replica) is { Phase: ReplicaPhase.Loading } replica:
                Free(replica);
                break;
            case ServingEvent.LoadFailed failed when _fleet.Find(failed.Replica) is { Phase: ReplicaPhase.Loading } replica:
                FailLoad(replica, failed.Cause);
                break;
            case ServingEvent.ModelUnloaded unloaded when _fleet.Find(unloaded.Replica) is { Phase: ReplicaPhase.Unloading } replica:
                Unloaded(replica);
                break;
        }
    }

    private void Arrive(JobView job)
    {
        if (_shutdown || _jobs.Waiting >= _options.QueueLimit + _fleet.Free)
        {
            _decisions.Add(new Decision.Refuse(job.Id, _shutdown ? "shutdown" : "429"));
            return;
        }

        _jobs.Enqueue(job);
        _decisions.Add(new Decision.Admit(job.Id, "queued"));
        _dispatcher.Run();
    }

    private void Cancel(JobId id)
    {
        if (_jobs.Find(id) is not { } job)
        {
            return;
        }

        if (job.Runs is { } runs)
        {
            _decisions.Add(new Decision.Cancel(runs.Replica, runs.Batch, id, "cancelled"));
        }

        _jobs.End(id);
        _decisions.Add(new Decision.Drop(id, "cancelled"));
    }

    private void EndBatch(ReplicaId id, BatchId batch, Func<JobId, Decision> end)
    {
        if (_fleet.Find(id) is not { Phase: ReplicaPhase.Busy } replica || replica.Batch != batch)
        {
            return;
        }

        foreach (var job in replica.Jobs.Where(_jobs.End))
        {
            _decisions.Add(end(job));
        }

        replica.Jobs = [];
        Free(replica);
    }

    private void Ready(ReplicaState replica)
    {
        _fleet.Move(replica, ReplicaPhase.Free);
        if (_options.Preload && _options.Model.Name.Length > 0 && !replica.Released)
        {
            _dispatcher.Fetch(replica, _options.Model, null);
        }

        _dispatcher.Run();
    }

    private void Free(ReplicaState replica)
    {
        replica.LoadsFor = null;
        _fleet.Move(replica, ReplicaPhase.Free);
        _dispatcher.Run();
    }

    private void FailLoad(ReplicaState replica, string cause)
    {
        replica.Model = null;
        if (replica.LoadsFor is { } id && _jobs.Find(id) is { Waiting: not null })
        {
            _jobs.End(id);
            _decisions.Add(new Decision.Fail(id, "load-failed", cause));
        }

        Free(replica);
    }

    private void Unloaded(ReplicaState replica)
    {
        replica.Model = null;
        if (replica is { Next: { } model, Released: false })
        {
            _dispatcher.Fetch(replica, model, replica.LoadsFor);
            return;
        }

        replica.Next = null;
        Free(replica);
    }

    private void Lose(ServingEvent.ReplicaLost lost)
    {
        if (_fleet.Find(lost.Replica) is not { } replica)
        {
            return;
        }

        foreach (var job in replica.Jobs.Where(_jobs.End))
        {
            _decisions.Add(new Decision.Fail(job, "replica-lost", lost.Cause));
        }

        _fleet.Remove(replica);
        _scaler.Lost(_now, replica.WasReady);
        _dispatcher.Run();
    }

    private void Stop()
    {
        if (_shutdown)
        {
            return;
        }

        _shutdown = true;
        _scaler.CancelTick();
        while (_jobs.First is { } waiting)
        {
            var id = waiting.Value.View.Id;
            _jobs.End(id);
            _decisions.Add(new Decision.Fail(id, "shutdown", "the server stops"));
        }

        _scaler.ReleaseAll();
    }
}
