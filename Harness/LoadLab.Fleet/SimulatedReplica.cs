using LoadLab.Core;
using LoadLab.Serving;
using LoadLab.Serving.Caching;

namespace LoadLab.Fleet;

/// <summary>
/// A replica that takes its profile's time. As the real one, it looks for a cancellation between two denoise steps and at the end of a stage, and tells its free
/// memory whenever a model comes or goes. What it is at is a list of what it will tell and when, in its own time, which stands still while it is down.
/// </summary>
internal sealed class SimulatedReplica(ReplicaId id, VirtualTimeline timeline, SimulatedWork work, SimulatedReplicaPool pool) : IReplica
{
    public const string Fault = "fault";
    public const string Reclaimed = "reclaimed";

    private readonly List<(Duration At, ServingEvent Event)> _plans = [];
    private readonly List<TimerId> _pending = [];
    private readonly SimulatedFaults _faults = work.Faults;
    private LruBytes<string>? _cache = work.NewCache();
    private Duration _done;
    private Instant _goes;
    private Duration? _life;
    private int _repairs;
    private TimerId? _fault;
    private Instant _armed;
    private TimerId? _repair;
    private TimerId? _reclaim;
    private bool _released;
    private ModelId? _model;
    private bool _cold;
    private int _loads;
    private BatchId _batch;
    private Stage _stage;
    private int _wanted;
    private BatchPlan _plan;
    private bool _stopping;

    public bool IsBusy { get; private set; }

    /// <summary>Broken, and under repair.</summary>
    public bool IsDown { get; private set; }

    /// <summary>Whether it works on a batch at this moment.</summary>
    public bool Works => IsBusy && !IsDown;

    /// <summary>Whether it was provisioned.</summary>
    public bool Exists { get; private set; }

    /// <summary>Whether it was said that it will be taken away.</summary>
    public bool IsNoticed { get; private set; }

    /// <summary>How long it has been at what it is at.</summary>
    private Duration Elapsed => IsDown ? _done : _done + (timeline.Now - _goes);

    public void Order(Duration provision, Duration boot)
    {
        Begin();
        Expect(provision, new ServingEvent.ReplicaProvisioned(id));
        Observe(provision + boot, work.FreeEmpty);
        Expect(provision + boot, new ServingEvent.ReplicaReady(id));
        Go();
    }

    /// <summary>It exists; a fault or its provider may take it from now on.</summary>
    public void Provisioned()
    {
        Exists = true;
        _life = _faults.Life(id, 0);
        if (!_faults.Options.WhileBusy)
        {
            ArmFault();
        }

        if (_faults.ReclaimAfter(id) is { } after)
        {
            var (at, notice) = (timeline.Now + after, _faults.Spot.Notice);
            _reclaim = timeline.Set(at, notice > Duration.Zero ? new ServingEvent.ReclaimNotice(id, at + notice) : new ServingEvent.ReplicaLost(id, Reclaimed));
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
        Begin();
        if (_model == m)
        {
            var warmUp = _cold ? work.WarmUp : Duration.Zero;
            _cold = false;
            Expect(warmUp, new ServingEvent.ModelLoaded(id, m));
            Go();
            return;
        }

        var takes = work.ColdStart(id, _loads++);
        if (work.FreeLoaded < 0)
        {
            Expect(takes, new ServingEvent.LoadFailed(id, m, "out-of-memory"));
        }
        else
        {
            (_model, _cold) = (m, true);
            Observe(takes, work.FreeLoaded);
            Expect(takes, new ServingEvent.ModelLoaded(id, m));
        }

        Go();
    }

    public void Unload(ModelId m)
    {
        _model = null;
        _cache = work.NewCache();
        Begin();
        Observe(Duration.Zero, work.FreeEmpty);
        Expect(Duration.Zero, new ServingEvent.ModelUnloaded(id, m));
        Go();
    }

    public void Start(BatchId b, Stage s, int fromStep, ReadOnlySpan<JobId> jobs)
    {
        // What was expected before has happened: a replica does one thing at a time.
        Begin();
        pool.Change(existing: 0, busy: +1);
        (_batch, _stage, _wanted, IsBusy, _stopping) = (b, s, jobs.Length, true, false);
        _plan = work.Plan(jobs, s, fromStep, _cold, _cache);
        _cold = false;
        Expect(_plan.Times);
        if (_plan.Failure is { } failure)
        {
            Expect(failure.At, new ServingEvent.BatchFailed(id, b, failure.Cause, failure.Detail));
        }
        else if (s is Stage.Whole or Stage.Decode)
        {
            Expect(_plan.End + work.Dispatch, new ServingEvent.BatchDone(id, b));
        }

        Go();
        if (_faults.Options.WhileBusy)
        {
            ArmFault();
        }
    }

    /// <summary>Asked once for a job of the batch.</summary>
    public void Cancel(BatchId b, JobId j)
    {
        if (!IsBusy || b != _batch)
        {
            return;
        }

        if (--_wanted > 0)
        {
            work.CutShort = true;
            return;
        }

        var stop = _plan.Times.NextStop(Elapsed).At;
        EndAt(new Duration(-1), stop < _plan.End ? stop : _plan.End, new ServingEvent.BatchFailed(id, b, "cancelled", "every job of the batch was cancelled"));
    }

    /// <summary>A batch in its last step, or past it, runs to its end.</summary>
    public void Preempt(BatchId b)
    {
        if (!IsBusy || b != _batch || _stage != Stage.Whole || _wanted == 0)
        {
            return;
        }

        var (stop, step) = _plan.Times.NextStop(Elapsed);
        if (step >= _plan.Times.Steps || stop >= _plan.End)
        {
            return;
        }

        ServingEvent[] tells = step > 0 ? [new ServingEvent.Checkpointed(id, b, step)] : [];
        EndAt(stop, stop, [.. tells, new ServingEvent.BatchFailed(id, b, "preempted", "a better tier took the replica")]);
    }

    public void Stop()
    {
        Lost();
        timeline.Set(timeline.Now, new ServingEvent.ReplicaLost(id, "released"));
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
        _plans.Clear();
        if (_faults.Options.WhileBusy)
        {
            WearOut();
        }

        if (_released)
        {
            Stop();
        }
    }

    /// <summary>It broke: it stands still until it is repaired.</summary>
    public void Broke()
    {
        _done = Elapsed;
        Forget();
        pool.Change(existing: 0, busy: IsBusy ? -1 : 0);
        (IsDown, _fault) = (true, null);
        _repair = timeline.Set(timeline.Now + _faults.Options.Repair, new ServingEvent.ReplicaRepaired(id));
    }

    /// <summary>It goes on where it was, or starts its batch again; one that was told to stop only stops.</summary>
    public void Repaired()
    {
        (IsDown, _repair) = (false, null);
        pool.Change(existing: 0, busy: IsBusy ? +1 : 0);
        _done = IsBusy && !_stopping && _faults.Options.Work == WorkAfterRepair.Restart ? Duration.Zero : _done;
        _life = _faults.Life(id, ++_repairs);
        Go();
        if (IsBusy || !_faults.Options.WhileBusy)
        {
            ArmFault();
        }
    }

    /// <summary>
    /// It will be taken away. With a checkpoint on notice its batch, when it cannot end in time, stops at the last step that leaves time for one; from then it stands still.
    /// </summary>
    public void Noticed(Instant at)
    {
        IsNoticed = true;
        _reclaim = timeline.Set(at, new ServingEvent.ReplicaLost(id, Reclaimed));
        var (now, checkpoint) = (Elapsed, _faults.Spot.Checkpoint);
        var left = now + (at - timeline.Now);
        if (!checkpoint.OnNotice || !Works || _stage != Stage.Whole || _stopping || _plan.End <= left)
        {
            return;
        }

        var step = _plan.Times.LastStep(left - checkpoint.Takes);
        var stop = _plan.Times.StepEnd(step);
        if (step > _plan.Times.FromStep && stop >= now)
        {
            EndAt(stop, stop + checkpoint.Takes, new ServingEvent.Checkpointed(id, _batch, step));
        }
    }

    /// <summary>It is gone: nothing that was expected of it comes.</summary>
    public void Lost()
    {
        Forget();
        _plans.Clear();
        _fault = Cancelled(_fault);
        _repair = Cancelled(_repair);
        _reclaim = Cancelled(_reclaim);
    }

    /// <summary>The ends of the stages that are reached, and the checkpoints.</summary>
    private void Expect(in StageTimes times)
    {
        var last = _plan.End;
        if (times.TellsText && times.TextEnd <= last)
        {
            Expect(times.TextEnd, new ServingEvent.StageDone(id, _batch, Stage.Text));
        }

        if (times.Every > 0)
        {
            for (var step = ((times.FromStep / times.Every) + 1) * times.Every; step < times.Steps && times.StepEnd(step) + times.Takes <= last; step += times.Every)
            {
                Expect(times.StepEnd(step) + times.Takes, new ServingEvent.Checkpointed(id, _batch, step));
            }
        }

        if (times.TellsDenoise && times.DenoiseEnd <= last && (_plan.Failure is null || times.DenoiseEnd < last))
        {
            Expect(times.DenoiseEnd, new ServingEvent.StageDone(id, _batch, Stage.Denoise));
        }

        if (_stage == Stage.Decode)
        {
            Expect(last, new ServingEvent.StageDone(id, _batch, Stage.Decode));
        }
    }

    private void Observe(Duration at, long? freeBytes)
    {
        if (freeBytes is { } free)
        {
            Expect(at, new ServingEvent.MemoryObserved(id, free));
        }
    }

    /// <summary>Something new: what was before is over.</summary>
    private void Begin()
    {
        _pending.Clear();
        _plans.Clear();
        _done = Duration.Zero;
    }

    private void Expect(Duration at, ServingEvent e) => _plans.Add((at, e));

    /// <summary>Of what is to come only what is told up to <paramref name="keep"/> stands; then, at <paramref name="at"/>, these are told and nothing more.</summary>
    private void EndAt(Duration keep, Duration at, params ReadOnlySpan<ServingEvent> tells)
    {
        _done = Elapsed;
        _stopping = true;
        Forget();
        _plans.RemoveAll(plan => plan.At > keep);
        foreach (var told in tells)
        {
            Expect(at, told);
        }

        if (!IsDown)
        {
            Go();
        }
    }

    /// <summary>Its time runs from where it stands.</summary>
    private void Go()
    {
        _goes = timeline.Now;
        foreach (var (at, e) in _plans)
        {
            if (at >= _done)
            {
                _pending.Add(timeline.Set(timeline.Now + (at - _done), e));
            }
        }
    }

    private void Forget()
    {
        foreach (var timer in _pending)
        {
            timeline.Cancel(timer);
        }

        _pending.Clear();
    }

    private void ArmFault()
    {
        if (_life is { } life)
        {
            _armed = timeline.Now;
            _fault = timeline.Set(timeline.Now + life, _faults.Options.Then == AfterFault.Repair ? new ServingEvent.ReplicaDown(id) : new ServingEvent.ReplicaLost(id, Fault));
        }
    }

    /// <summary>The batch just ended took its part of the replica's life.</summary>
    private void WearOut()
    {
        _life -= timeline.Now - _armed;
        _fault = Cancelled(_fault);
    }

    private TimerId? Cancelled(TimerId? timer)
    {
        if (timer is { } set)
        {
            timeline.Cancel(set);
        }

        return null;
    }
}
