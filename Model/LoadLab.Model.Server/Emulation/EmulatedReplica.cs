using LoadLab.Core;
using LoadLab.Model.Pipeline;
using LoadLab.Model.Server.Replicas;
using LoadLab.Serving;
using LoadLab.Serving.Caching;
using LoadLab.Serving.Profiles;

namespace LoadLab.Model.Server.Emulation;

/// <summary>
/// A replica that waits a profile's times instead of computing. Everything else is as with a real one: stages, progress step by step, a cancellation seen at the next
/// step, memory that runs out, cold starts. Its state belongs to the timer queue's thread; commands may come from any.
/// </summary>
internal sealed class EmulatedReplica : ILiveReplica
{
    private readonly EmulatedWork _work;
    private readonly FaultPlan _faults;
    private readonly IBatchHost _host;
    private readonly IEventSink _events;
    private readonly TimerQueue _timers;
    private readonly Action? _die;
    private readonly LruBytes<string> _texts;
    private readonly long _textBytes;
    private readonly BusyTime _busy = new();
    private readonly long _born = MonotonicClock.SystemNanoseconds;
    private BusyTime.Inside _inside;
    private EmulatedBatch? _batch;
    private ModelId? _model;
    private ModelId? _loading;
    private string? _leaving;
    private bool _warm;
    private int _loads;
    private long _live;
    private long _peak;
    private volatile bool _ended;

    /// <param name="id">Its number.</param>
    /// <param name="kind">Its group's.</param>
    /// <param name="work">Times and memory.</param>
    /// <param name="cache">Text encodings kept.</param>
    /// <param name="faults">What goes wrong.</param>
    /// <param name="host">Payloads, progress and clips.</param>
    /// <param name="events">The serving core.</param>
    /// <param name="timers">Shared by all emulated replicas.</param>
    /// <param name="die">How an injected crash ends the replica's process; null = it is a thread's and only says so.</param>
    public EmulatedReplica(
        ReplicaId id, ReplicaKind kind, EmulatedWork work, TextCacheOptions cache, FaultPlan faults, IBatchHost host, IEventSink events, TimerQueue timers, Action? die = null)
    {
        (Id, Kind, _work, _faults, _host, _events, _timers, _die) = (id, kind, work, faults, host, events, timers, die);
        (_texts, _textBytes) = (new LruBytes<string>(cache.Bytes), cache.EntryBytes);
        _events.Post(new ServingEvent.ReplicaReady(id));
    }

    public ReplicaId Id { get; }

    public ReplicaKind Kind { get; }

    public bool IsReady => !_ended;

    public bool HasEnded => _ended;

    public WorkerMemory Memory => new(Interlocked.Read(ref _live), Interlocked.Read(ref _peak), _work.CapacityBytes ?? 0);

    public double BusySeconds => _busy.Seconds;

    public double AgeSeconds => (MonotonicClock.SystemNanoseconds - _born) / 1e9;

    public void Load(ModelId m)
    {
        var now = MonotonicClock.SystemNanoseconds;
        Do(() => LoadFrom(now, m));
    }

    public void Unload(ModelId m) => Do(() =>
    {
        (_model, _loading, _warm) = (null, null, false);
        Occupy(0);
        _events.Post(new ServingEvent.ModelUnloaded(Id, m));
        ObserveMemory();
    });

    public void Start(BatchId b, Stage s, int fromStep, ReadOnlySpan<JobId> jobs)
    {
        JobId[] members = [.. jobs];
        VideoTask[] tasks = [.. members.Select(_host.Task).OfType<VideoTask>()];
        Start(b, s, fromStep, members, tasks, tasks.Length == 0 || s is Stage.Text or Stage.Decode ? Fault.None : _faults.Of(members, tasks));
    }

    /// <summary>With payloads and a fault that somebody else knows.</summary>
    public void Start(BatchId b, Stage s, int fromStep, IReadOnlyList<JobId> jobs, IReadOnlyList<VideoTask> tasks, Fault fault)
    {
        var now = MonotonicClock.SystemNanoseconds;
        Do(() => Begin(new EmulatedBatch(b, s, fromStep, jobs, tasks, fault), now));
    }

    public void Cancel(BatchId b, JobId j) => Do(() =>
    {
        if (_batch is { } batch && batch.Id == b)
        {
            batch.Gone.Add(j);
        }
    });

    public void Preempt(BatchId b) => Do(() =>
    {
        if (_batch is { } batch && batch.Id == b)
        {
            batch.GivesWay = true;
        }
    });

    public void Stop() => Do(() =>
    {
        if (_batch is { } batch)
        {
            Fail(batch, "shutdown", "the server stopped while the job ran");
        }

        End("stopped");
    });

    public void Leave(string cause) => Do(() =>
    {
        _leaving = cause;
        EndIfLeaving();
    });

    public void Dispose() => _ended = true;

    /// <summary>What escapes is a fault of this replica alone.</summary>
    private void Do(Action action) => _timers.Post(() => Guarded(action));

    private void At(EmulatedBatch batch, Duration sinceStart, Action action) => _timers.At(batch.Started + sinceStart.Nanoseconds, () =>
    {
        if (_batch == batch)
        {
            Guarded(action);
        }
    });

    private void Guarded(Action action)
    {
        if (_ended)
        {
            return;
        }

        try
        {
            action();
        }
        catch (Exception e)
        {
            End($"{e.GetType().Name}: {e.Message}".ReplaceLineEndings(" "));
        }
    }

    private void LoadFrom(long now, ModelId model)
    {
        if (_work.CapacityBytes is { } capacity && _work.WeightBytes > capacity)
        {
            _events.Post(new ServingEvent.LoadFailed(Id, model, $"out of device memory: the model needs {_work.WeightBytes} bytes and the replica has {capacity}"));
            return;
        }

        // Loading what is loaded is a ping: a warm-up when no batch has run since the load, no time when one has.
        var time = _model != model ? _work.ColdStart(Id, _loads++) : _warm ? Duration.Zero : _work.WarmUp;
        _loading = model;
        _timers.At(now + time.Nanoseconds, () => Guarded(() => Loaded(model, time)));
    }

    private void Loaded(ModelId model, Duration time)
    {
        if (_loading != model)
        {
            return;
        }

        _warm = _model == model;
        if (!_warm)
        {
            _host.Loaded(Id, model, time.Seconds);
        }
        else
        {
            _host.Pinged(Id, model, time.Seconds);
        }

        (_model, _loading) = (model, null);
        Occupy(_work.WeightBytes);
        _events.Post(new ServingEvent.ModelLoaded(Id, model));
        ObserveMemory();
        EndIfLeaving();
    }

    private void Begin(EmulatedBatch batch, long now)
    {
        _batch = batch;
        _inside = _busy.Enter();
        if (Refusal(batch) is { } refusal)
        {
            Fail(batch, refusal.Cause, refusal.Detail);
            return;
        }

        var shape = EmulatedWork.ShapeOf(batch.Tasks[0]);
        if (_work.TimesOf(batch.Tasks[0].Model, shape, batch.Jobs, first: !_warm) is not { } times)
        {
            Fail(batch, "error", $"profile {_work.Options.Profile.Name} does not know {batch.Tasks[0].Model.Name} {shape}");
            return;
        }

        _warm = true;
        Occupy(Math.Min(Math.Max(_work.WeightBytes, _work.PeakBytes(shape, batch.Jobs.Count)), _work.CapacityBytes ?? long.MaxValue));
        batch.Begin(now, times, IsEncoded(batch));
        batch.TooLarge = TooLarge(batch, shape);
        if (batch.Stage is Stage.Whole or Stage.Text)
        {
            At(batch, batch.TextEnd, () => TextDone(batch));
        }
        else
        {
            AfterText(batch);
        }
    }

    private (string Cause, string Detail)? Refusal(EmulatedBatch batch)
    {
        if (batch.Tasks.Count != batch.Jobs.Count)
        {
            return ("error", "a job of the batch has no payload");
        }

        if (batch.Stage == Stage.Whole && batch.Tasks[0].Model != _model)
        {
            return ("error", $"model {batch.Tasks[0].Model.Name} is not loaded");
        }

        return null;
    }

    private string? TooLarge(EmulatedBatch batch, Shape shape)
    {
        if (batch.Stage is Stage.Text or Stage.Decode)
        {
            return null;
        }

        if (batch.Fault == Fault.OutOfMemory)
        {
            return $"injected: a batch of {batch.Jobs.Count}";
        }

        var bytes = _work.PeakBytes(shape, batch.Jobs.Count);
        return _work.CapacityBytes is { } capacity && bytes > capacity ? $"a batch of {batch.Jobs.Count} needs {bytes} bytes and the replica has {capacity}" : null;
    }

    /// <summary>Whether every prompt of the batch was encoded before; every one is looked up, so that each is kept afterwards.</summary>
    private bool IsEncoded(EmulatedBatch batch) =>
        batch.Stage is Stage.Whole or Stage.Text && batch.Tasks.Count(task => _texts.Touch(task.Job.Prompt, _textBytes)) == batch.Tasks.Count;

    private void TextDone(EmulatedBatch batch)
    {
        if (batch.IsSplit || batch.Stage == Stage.Text)
        {
            _events.Post(new ServingEvent.StageDone(Id, batch.Id, Stage.Text));
        }

        if (batch.Stage == Stage.Text)
        {
            EndStage();
            return;
        }

        AfterText(batch);
    }

    private void AfterText(EmulatedBatch batch)
    {
        if (batch.Stage == Stage.Decode)
        {
            At(batch, batch.End, () => Decoded(batch));
            return;
        }

        Between(batch);
    }

    /// <summary>The batch stands between two denoise steps.</summary>
    private void Between(EmulatedBatch batch)
    {
        if (batch.IsFaultDue)
        {
            Break(batch);
        }
        else if (batch.Jobs.All(batch.Gone.Contains))
        {
            Fail(batch, "cancelled", "every job of the batch was cancelled");
        }
        else if (batch.GivesWay && batch.StepsDone < batch.Steps)
        {
            GiveWay(batch);
        }
        else if (batch.StepsDone < batch.Steps)
        {
            At(batch, batch.NextStepEnd, () => StepDone(batch));
        }
        else
        {
            Denoised(batch);
        }
    }

    /// <summary>A better tier takes the replica; the batch's state would be kept outside it.</summary>
    private void GiveWay(EmulatedBatch batch)
    {
        if (batch.StepsDone > 0)
        {
            _events.Post(new ServingEvent.Checkpointed(Id, batch.Id, batch.StepsDone));
        }

        Fail(batch, "preempted", "a better tier took the replica");
    }

    private void StepDone(EmulatedBatch batch)
    {
        batch.StepsDone++;
        foreach (var job in batch.Jobs)
        {
            _host.Progress(job, batch.StepsDone);
        }

        Between(batch);
    }

    private void Denoised(EmulatedBatch batch)
    {
        if (batch.IsSplit || batch.Stage == Stage.Denoise)
        {
            _events.Post(new ServingEvent.StageDone(Id, batch.Id, Stage.Denoise));
        }

        if (batch.Stage == Stage.Denoise)
        {
            EndStage();
            return;
        }

        At(batch, batch.End, () => Decoded(batch));
    }

    /// <summary>Clips are written by another thread, so that no replica waits for a disk.</summary>
    private void Decoded(EmulatedBatch batch)
    {
        var left = batch.Jobs.Where(job => !batch.Gone.Contains(job)).ToList();
        ThreadPool.UnsafeQueueUserWorkItem(_ => Store(batch, left), null);
    }

    private void Store(EmulatedBatch batch, List<JobId> jobs)
    {
        string? failure = null;
        try
        {
            jobs.ForEach(job => _host.Store(job, EmulatedBatch.Placeholder(batch.Tasks[0].FramesPerSecond)));
        }
        catch (Exception e)
        {
            failure = $"{e.GetType().Name}: {e.Message}".ReplaceLineEndings(" ");
        }

        Do(() =>
        {
            if (_batch == batch)
            {
                Finish(batch, failure);
            }
        });
    }

    private void Finish(EmulatedBatch batch, string? failure)
    {
        if (failure is not null)
        {
            Fail(batch, "error", failure);
            return;
        }

        _events.Post(new ServingEvent.StageDone(Id, batch.Id, Stage.Decode));
        Close(new ServingEvent.BatchDone(Id, batch.Id));
    }

    private void Break(EmulatedBatch batch)
    {
        if (batch.TooLarge is { } why)
        {
            Fail(batch, "out-of-memory", why);
            return;
        }

        if (batch.Fault == Fault.Crash)
        {
            _die?.Invoke();
            EndStage();
            End("crashed: an injected fault");
            return;
        }

        Fail(batch, "error", "an injected fault");
    }

    private void Fail(EmulatedBatch batch, string cause, string detail) => Close(new ServingEvent.BatchFailed(Id, batch.Id, cause, detail));

    private void Close(ServingEvent end)
    {
        EndStage();
        ObserveMemory();
        _events.Post(end);
        EndIfLeaving();
    }

    private void EndStage()
    {
        _batch = null;
        _inside.Dispose();
        Occupy(_model is null ? 0 : _work.WeightBytes);
        if (_leaving is not null && !_ended)
        {
            // After the stage's own event, which has been posted.
            Do(EndIfLeaving);
        }
    }

    private void EndIfLeaving()
    {
        if (_leaving is { } cause && _batch is null && _loading is null)
        {
            End(cause);
        }
    }

    private void End(string cause)
    {
        if (!_ended)
        {
            _ended = true;
            _events.Post(new ServingEvent.ReplicaLost(Id, cause));
        }
    }

    private void Occupy(long bytes)
    {
        Interlocked.Exchange(ref _live, bytes);
        Interlocked.Exchange(ref _peak, Math.Max(_peak, bytes));
    }

    private void ObserveMemory()
    {
        if (_work.CapacityBytes is { } capacity)
        {
            _events.Post(new ServingEvent.MemoryObserved(Id, capacity - Interlocked.Read(ref _live)));
        }
    }
}
