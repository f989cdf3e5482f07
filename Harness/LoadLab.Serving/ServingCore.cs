using LoadLab.Core;
using LoadLab.Serving.Autoscaling;
using LoadLab.Serving.Dispatch;
using LoadLab.Serving.Priority;

namespace LoadLab.Serving;

/// <summary>
/// The serving core: told an instant and an event, it returns decisions. It reads no clock, draws no chance, waits for nothing and does no I/O, so that the same
/// events at the same instants bring the same decisions live, emulated, simulated and replayed. One thread runs it.
/// </summary>
/// <remarks>
/// Its rooms: <see cref="JobLife"/> is a job where no replica is concerned, <see cref="Dispatcher"/> brings jobs and replicas together by the policies,
/// <see cref="BatchLife"/> is what runs, <see cref="ReplicaLife"/> what a replica loads, <see cref="Scaler"/> how many there are.
/// </remarks>
public sealed class ServingCore
{
    /// <summary>Counted up whenever the same events would bring other decisions.</summary>
    public const int Version = 3;

    private readonly List<Decision> _decisions = [];
    private readonly FleetState _fleet = new();
    private readonly JobQueue _queue;
    private readonly JobLife _jobs;
    private readonly Dispatcher _dispatcher;
    private readonly BatchLife _batches;
    private readonly ReplicaLife _replicas;
    private readonly Scaler _scaler;
    private Instant _now = new(long.MinValue);
    private bool _shutdown;

    /// <param name="serving">The rules.</param>
    /// <param name="autoscaler">The scaling rule.</param>
    /// <param name="seed">Of the run: what looks like chance is a hash of it.</param>
    public ServingCore(ServingOptions serving, AutoscalerOptions autoscaler, Seed seed)
        : this(serving, autoscaler, seed, ServingPolicies.Of(serving, autoscaler))
    {
    }

    internal ServingCore(ServingOptions serving, AutoscalerOptions autoscaler, Seed seed, ServingPolicies policies)
    {
        var tiers = new TierTable(serving.Tiers);
        var books = new Books(serving, tiers, seed);
        var table = new JobTable();
        _queue = new JobQueue(tiers, serving.Ageing, policies.Batching.LinesByModel);
        _jobs = new JobLife(serving, tiers, table, _queue, _fleet, books, _decisions);
        _dispatcher = new Dispatcher(serving, tiers, table, _queue, _fleet, books, policies, _decisions);
        _scaler = new Scaler(serving, autoscaler, policies.Autoscaler, _fleet, _decisions);
        _batches = new BatchLife(_fleet, books, _jobs, _dispatcher, _scaler);
        _replicas = new ReplicaLife(serving, _fleet, books, _jobs, _batches, _dispatcher, _scaler, _decisions);
    }

    /// <summary>Jobs that wait.</summary>
    public int QueueLength => _queue.Count;

    /// <summary>The decisions in order; the list is used again by the next call. Throws <see cref="InvalidOperationException"/> when time runs backwards.</summary>
    public IReadOnlyList<Decision> Handle(Instant now, ServingEvent e) => Decide(now, e);

    /// <summary>As <see cref="Handle"/>; a list, so that walking it allocates nothing.</summary>
    internal List<Decision> Decide(Instant now, ServingEvent e)
    {
        if (now < _now)
        {
            throw new InvalidOperationException($"an event of {now} s came after one of {_now} s");
        }

        _now = now;
        _decisions.Clear();
        _fleet.Advance(now);
        _jobs.Expire(now);
        Take(e);
        _replicas.Watch(now);
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
                _jobs.Arrive(_now, arrived.Job);
                _dispatcher.Run(_now);
                break;
            case ServingEvent.SafetyChecked check:
                _jobs.Checked(_now, check.Job, check.Phase, check.Allowed, check.Detail);
                _dispatcher.Run(_now);
                break;
            case ServingEvent.Cancelled cancelled:
                Cancel(cancelled.Job);
                break;
            case ServingEvent.StageDone done:
                _batches.StageDone(_now, done);
                break;
            case ServingEvent.BatchDone done:
                _batches.Done(_now, done);
                break;
            case ServingEvent.BatchFailed failed:
                _batches.Failed(_now, failed);
                break;
            case ServingEvent.Checkpointed checkpoint:
                _batches.Checkpointed(checkpoint);
                break;
            case ServingEvent.TimerFired timer:
                Ring(timer);
                break;
            case ServingEvent.Shutdown:
                Stop();
                break;
            default:
                _replicas.Take(_now, e);
                break;
        }
    }

    private void Ring(ServingEvent.TimerFired timer)
    {
        _dispatcher.Rings(timer);
        _jobs.Ring(_now, timer);
        _replicas.Ring(_now, timer);
        _scaler.Tick(_now, timer, _queue.Count);
        _dispatcher.Run(_now);
    }

    /// <summary>A running batch goes on with its other jobs from its next denoise step; one that lies between two replicas ends with its last job.</summary>
    private void Cancel(JobId id)
    {
        if (_jobs.Cancel(id) is not { } job)
        {
            return;
        }

        var batch = job.Batch;
        job.Batch = null;
        if (batch is { Between: true, IsWanted: false })
        {
            _batches.Abort(_now, batch);
        }
        else if (batch is { Between: false })
        {
            _decisions.Add(new Decision.Cancel(batch.Replica, batch.Id, id, "cancelled"));
        }

        _decisions.Add(new Decision.Drop(id, "cancelled"));
        _dispatcher.Run(_now);
    }

    private void Stop()
    {
        if (_shutdown)
        {
            return;
        }

        _shutdown = true;
        _scaler.CancelTick();
        _jobs.Shutdown();
        foreach (var batch in _dispatcher.Stop())
        {
            _batches.Abort(_now, batch);
        }

        _replicas.Stop();
        _scaler.ReleaseAll();
    }
}
