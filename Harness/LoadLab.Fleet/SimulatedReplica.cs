using LoadLab.Core;
using LoadLab.Serving;
using LoadLab.Serving.Caching;

namespace LoadLab.Fleet;

/// <summary>
/// A replica that takes its profile's time. As the real one, it looks for a cancellation between two denoise steps and at the end of a stage, and tells its free
/// memory whenever a model comes or goes.
/// </summary>
internal sealed class SimulatedReplica(ReplicaId id, VirtualTimeline timeline, SimulatedWork work, SimulatedReplicaPool pool) : IReplica
{
    public const string Fault = "fault";

    private readonly List<TimerId> _pending = [];
    private LruBytes<string>? _cache = work.NewCache();
    private TimerId? _fault;
    private bool _released;
    private ModelId? _model;
    private bool _cold;
    private int _loads;
    private BatchId _batch;
    private Stage _stage;
    private JobId[] _jobs = [];
    private Instant _started;
    private BatchPlan _plan;

    public bool IsBusy { get; private set; }

    /// <summary>Whether it was provisioned.</summary>
    public bool Exists { get; private set; }

    public void Order(Duration provision, Duration boot)
    {
        Expect(timeline.Now + provision, new ServingEvent.ReplicaProvisioned(id));
        Observe(timeline.Now + provision + boot, work.FreeEmpty);
        Expect(timeline.Now + provision + boot, new ServingEvent.ReplicaReady(id));
    }

    /// <summary>It exists; a fault may take it from now on.</summary>
    public void Provisioned()
    {
        Exists = true;
        if (work.Life(id) is { } life)
        {
            _fault = timeline.Set(timeline.Now + life, new ServingEvent.ReplicaLost(id, Fault));
        }
    }

    public void Release(bool drain)
    {
        _released = true;
        if (!IsBusy || !drain)
        {
            Stop();
        }
    }

    /// <summary>Loading the model that is loaded is a ping: it takes a warm-up when no batch has run since the load, and no time when one has.</summary>
    public void Load(ModelId m)
    {
        _pending.Clear();
        if (_model == m)
        {
            var warmUp = _cold ? work.WarmUp : Duration.Zero;
            _cold = false;
            Expect(timeline.Now + warmUp, new ServingEvent.ModelLoaded(id, m));
            return;
        }

        var at = timeline.Now + work.ColdStart(id, _loads++);
        if (work.FreeLoaded < 0)
        {
            Expect(at, new ServingEvent.LoadFailed(id, m, "out-of-memory"));
            return;
        }

        (_model, _cold) = (m, true);
        Observe(at, work.FreeLoaded);
        Expect(at, new ServingEvent.ModelLoaded(id, m));
    }

    public void Unload(ModelId m)
    {
        _model = null;
        _cache = work.NewCache();
        _pending.Clear();
        Observe(timeline.Now, work.FreeEmpty);
        Expect(timeline.Now, new ServingEvent.ModelUnloaded(id, m));
    }

    public void Start(BatchId b, Stage s, int fromStep, ReadOnlySpan<JobId> jobs)
    {
        if (fromStep != 0)
        {
            throw new NotSupportedException("a simulated replica runs from the first step");
        }

        // What was expected before has happened: a replica does one thing at a time.
        _pending.Clear();
        pool.Change(existing: 0, busy: +1);
        (_batch, _stage, _jobs, _started, IsBusy) = (b, s, jobs.ToArray(), timeline.Now, true);
        _plan = work.Plan(jobs, s, _cold, _cache);
        _cold = false;
        Expect(_plan.Times);
        if (_plan.Failure is { } failure)
        {
            Expect(_started + failure.At, new ServingEvent.BatchFailed(id, b, failure.Cause, failure.Detail));
        }
        else if (s is Stage.Whole or Stage.Decode)
        {
            Expect(_started + _plan.End + work.Dispatch, new ServingEvent.BatchDone(id, b));
        }
    }

    public void Cancel(BatchId b, JobId j)
    {
        if (!IsBusy || b != _batch)
        {
            return;
        }

        _jobs = [.. _jobs.Where(job => job != j)];
        if (_jobs.Length > 0)
        {
            work.CutShort = true;
            return;
        }

        var stop = _plan.Times.NextStop(timeline.Now - _started);
        Forget();
        Expect(_started + (stop < _plan.End ? stop : _plan.End), new ServingEvent.BatchFailed(id, b, "cancelled", "every job of the batch was cancelled"));
    }

    public void Stop()
    {
        Lost();
        Expect(timeline.Now, new ServingEvent.ReplicaLost(id, "released"));
    }

    /// <summary>A stage ended; when it was all that was started of its batch, the replica is free.</summary>
    public void Ended(Stage stage)
    {
        if (_stage == stage && stage is Stage.Text or Stage.Denoise)
        {
            Ended();
        }
    }

    /// <summary>Its batch ended.</summary>
    public void Ended()
    {
        pool.Change(existing: 0, busy: -1);
        IsBusy = false;
        if (_released)
        {
            Stop();
        }
    }

    /// <summary>It is gone: nothing that was expected of it comes.</summary>
    public void Lost()
    {
        Forget();
        if (_fault is { } fault)
        {
            timeline.Cancel(fault);
            _fault = null;
        }
    }

    /// <summary>The ends of the stages that are reached.</summary>
    private void Expect(in StageTimes times)
    {
        var last = _plan.End;
        if (times.TellsText && times.TextEnd <= last)
        {
            Expect(_started + times.TextEnd, new ServingEvent.StageDone(id, _batch, Stage.Text));
        }

        if (times.TellsDenoise && times.DenoiseEnd <= last && (_plan.Failure is null || times.DenoiseEnd < last))
        {
            Expect(_started + times.DenoiseEnd, new ServingEvent.StageDone(id, _batch, Stage.Denoise));
        }

        if (_stage == Stage.Decode)
        {
            Expect(_started + last, new ServingEvent.StageDone(id, _batch, Stage.Decode));
        }
    }

    private void Observe(Instant at, long? freeBytes)
    {
        if (freeBytes is { } free)
        {
            Expect(at, new ServingEvent.MemoryObserved(id, free));
        }
    }

    private void Expect(Instant at, ServingEvent e)
    {
        _pending.Add(timeline.Set(at, e));
    }

    private void Forget()
    {
        foreach (var timer in _pending)
        {
            timeline.Cancel(timer);
        }

        _pending.Clear();
    }
}
