using LoadLab.Core;
using LoadLab.Serving;

namespace LoadLab.Fleet;

/// <summary>A replica that takes its profile's time. As the real one, it looks for a cancellation between two denoise steps and at the end of a stage.</summary>
internal sealed class SimulatedReplica(ReplicaId id, VirtualTimeline timeline, SimulatedWork work, SimulatedReplicaPool pool) : IReplica
{
    private readonly List<TimerId> _pending = [];
    private bool _released;
    private bool _warm;
    private int _loads;
    private BatchId _batch;
    private JobId[] _jobs = [];
    private Instant _started;
    private StageTimes _times;

    public bool IsBusy { get; private set; }

    /// <summary>Whether it was provisioned.</summary>
    public bool Exists { get; set; }

    public void Order(Duration provision, Duration boot)
    {
        Expect(timeline.Now + provision, new ServingEvent.ReplicaProvisioned(id));
        Expect(timeline.Now + provision + boot, new ServingEvent.ReplicaReady(id));
    }

    public void Release(bool drain)
    {
        _released = true;
        if (!IsBusy || !drain)
        {
            Stop();
        }
    }

    public void Load(ModelId m)
    {
        _pending.Clear();
        Expect(timeline.Now + work.ColdStart(id, _loads++), new ServingEvent.ModelLoaded(id, m));
    }

    public void Unload(ModelId m)
    {
        _warm = false;
        _pending.Clear();
        Expect(timeline.Now, new ServingEvent.ModelUnloaded(id, m));
    }

    public void Start(BatchId b, Stage s, int fromStep, ReadOnlySpan<JobId> jobs)
    {
        if (s != Stage.Whole || fromStep != 0)
        {
            throw new NotSupportedException("a simulated replica runs whole batches from their first step");
        }

        // What was expected before has happened: a replica does one thing at a time.
        _pending.Clear();
        pool.Change(existing: 0, busy: +1);
        (_batch, _jobs, _started, IsBusy) = (b, jobs.ToArray(), timeline.Now, true);
        _times = work.Of(_jobs[0], firstBatch: !_warm);
        _warm = true;
        if (_times.TextEnd is { } text)
        {
            Expect(_started + text, new ServingEvent.StageDone(id, b, Stage.Text));
        }

        if (_times.DenoiseEnd is { } denoise)
        {
            Expect(_started + denoise, new ServingEvent.StageDone(id, b, Stage.Denoise));
        }

        Expect(_started + _times.Whole, new ServingEvent.BatchDone(id, b));
    }

    public void Cancel(BatchId b, JobId j)
    {
        if (!IsBusy || b != _batch)
        {
            return;
        }

        _jobs = [.. _jobs.Where(job => job != j)];
        if (_jobs.Length == 0)
        {
            Forget();
            Expect(NextStop(timeline.Now - _started), new ServingEvent.BatchFailed(id, b, "cancelled", "every job of the batch was cancelled"));
        }
    }

    public void Stop()
    {
        Forget();
        Expect(timeline.Now, new ServingEvent.ReplicaLost(id, "released"));
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

    private Instant NextStop(Duration elapsed)
    {
        var text = _times.TextEnd ?? Duration.Zero;
        var denoise = _times.DenoiseEnd ?? _times.Whole;
        if (elapsed < text)
        {
            return _started + text;
        }

        if (elapsed >= denoise)
        {
            return _started + _times.Whole;
        }

        var step = (denoise - text).Seconds / Math.Max(1, _times.Steps);
        var steps = Math.Ceiling((elapsed - text).Seconds / step);
        return Instant.Max(timeline.Now, _started + text + Duration.FromSeconds(steps * step));
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
