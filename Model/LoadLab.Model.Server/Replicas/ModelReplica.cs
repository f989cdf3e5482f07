using System.Collections.Concurrent;
using System.Diagnostics;
using LoadLab.Core;
using LoadLab.Serving;
using LoadLab.Tensors;

namespace LoadLab.Model.Server.Replicas;

/// <summary>
/// A replica that computes: one thread that takes commands in order and answers by events. Failures of a batch, memory included, are events and leave the
/// replica able to take the next one. A cancellation takes effect at the next denoise step; a batch ends early when every job in it is cancelled.
/// </summary>
/// <remarks>Bound: 64 commands. The core gives one batch at a time, so a full queue is a broken invariant and throws.</remarks>
internal sealed class ModelReplica : IReplica, IDisposable
{
    private const int MaxCommands = 64;

    private readonly ReplicaId _id;
    private readonly Func<IVideoWorker> _createWorker;
    private readonly IBatchHost _host;
    private readonly IEventSink _events;
    private readonly BlockingCollection<ReplicaCommand> _commands = new(MaxCommands);
    private readonly ConcurrentDictionary<JobId, BatchId> _cancelled = new();
    private readonly Dictionary<BatchId, OpenBatch> _open = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly BusyTime _busy = new();
    private readonly Thread _thread;
    private IVideoWorker? _worker;
    private readonly long _born = MonotonicClock.SystemNanoseconds;
    private volatile bool _ready;
    private volatile bool _ended;

    /// <param name="id">Its number.</param>
    /// <param name="createWorker">Called on the replica's thread, so that the worker's own threads inherit its affinity.</param>
    /// <param name="host">Payloads, progress and clips.</param>
    /// <param name="events">The serving core.</param>
    public ModelReplica(ReplicaId id, Func<IVideoWorker> createWorker, IBatchHost host, IEventSink events)
    {
        (_id, _createWorker, _host, _events) = (id, createWorker, host, events);
        _thread = new Thread(Run) { Name = $"replica {id.Value}", IsBackground = true };
        _thread.Start();
    }

    /// <summary>The arena's figures; zero before the worker exists. Any thread.</summary>
    public WorkerMemory Memory => Volatile.Read(ref _worker)?.Memory ?? default;

    public ReplicaId Id => _id;

    /// <summary>Time since it was provisioned. Any thread.</summary>
    public double AgeSeconds => (MonotonicClock.SystemNanoseconds - _born) / 1e9;

    /// <summary>Whether it takes work. Any thread.</summary>
    public bool IsReady => _ready;

    /// <summary>Whether the thread does nothing any more. Any thread.</summary>
    public bool HasEnded => _ended;

    /// <summary>The processors its threads keep to, in words; empty before the worker exists. Any thread.</summary>
    public string Affinity => Volatile.Read(ref _worker)?.Affinity ?? "";

    /// <summary>Seconds spent in batches, the running one included. Any thread.</summary>
    public double BusySeconds => _busy.Seconds;

    public void Load(ModelId m) => Add(new ReplicaCommand.Load(m));

    public void Unload(ModelId m) => Add(new ReplicaCommand.Unload(m));

    public void Start(BatchId b, Stage s, int fromStep, ReadOnlySpan<JobId> jobs) => Add(new ReplicaCommand.Start(b, s, fromStep, jobs.ToArray()));

    public void Cancel(BatchId b, JobId j) => _cancelled[j] = b;

    public void Stop()
    {
        _stop.Cancel();
        Leave("stopped");
    }

    /// <summary>Ends after the commands given so far.</summary>
    public void Leave(string cause) => Add(new ReplicaCommand.Leave(cause));

    /// <summary>Stops and waits for the thread: at most one denoise step or decode.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        _commands.CompleteAdding();
        _thread.Join();
        _commands.Dispose();
        _stop.Dispose();
    }

    private void Add(ReplicaCommand command)
    {
        if (!_commands.IsAddingCompleted && !_commands.TryAdd(command))
        {
            throw new InvalidOperationException($"replica {_id.Value} holds {MaxCommands} commands already");
        }
    }

    private void Run()
    {
        var cause = "stopped";
        try
        {
            Volatile.Write(ref _worker, _createWorker());
            _ready = true;
            _events.Post(new ServingEvent.ReplicaReady(_id));
            foreach (var command in _commands.GetConsumingEnumerable())
            {
                if (command is ReplicaCommand.Leave leave)
                {
                    cause = leave.Cause;
                    break;
                }

                Do(command);
            }

            End();
        }
        catch (Exception e)
        {
            // A worker that cannot be built or torn down is a lost replica, not a lost server.
            cause = OneLine(e);
        }

        _ended = true;
        _events.Post(new ServingEvent.ReplicaLost(_id, cause));
    }

    private void Do(ReplicaCommand command)
    {
        switch (command)
        {
            case ReplicaCommand.Load load:
                LoadModel(load.Model);
                break;
            case ReplicaCommand.Unload unload:
                _worker!.Unload(unload.Model);
                _events.Post(new ServingEvent.ModelUnloaded(_id, unload.Model));
                ObserveMemory();
                break;
            case ReplicaCommand.Start start:
                using (_busy.Enter())
                {
                    RunBatch(start);
                }

                break;
            default:
                throw new UnreachableException();
        }
    }

    private void LoadModel(ModelId model)
    {
        var started = MonotonicClock.SystemNanoseconds;
        try
        {
            _worker!.Load(model);
            _host.Loaded(_id, model, (MonotonicClock.SystemNanoseconds - started) / 1e9);
            _events.Post(new ServingEvent.ModelLoaded(_id, model));
        }
        catch (Exception e)
        {
            _events.Post(new ServingEvent.LoadFailed(_id, model, OneLine(e)));
        }

        ObserveMemory();
    }

    private void RunBatch(ReplicaCommand.Start start)
    {
        try
        {
            var end = RunStages(start);
            if (end != StageEnd.More)
            {
                Close(start.Batch);
                ObserveMemory();
                _events.Post(end == StageEnd.Done
                    ? new ServingEvent.BatchDone(_id, start.Batch)
                    : new ServingEvent.BatchFailed(_id, start.Batch, "cancelled", _stop.IsCancellationRequested ? "the replica was stopped" : "every job of the batch was cancelled"));
            }
        }
        catch (Exception e)
        {
            Close(start.Batch);
            ObserveMemory();
            var cause = e is OutOfDeviceMemoryException or OutOfMemoryException ? "out-of-memory" : "error";
            _events.Post(new ServingEvent.BatchFailed(_id, start.Batch, cause, OneLine(e)));
        }
    }

    private StageEnd RunStages(ReplicaCommand.Start start)
    {
        var all = start.Stage == Stage.Whole;
        if (all || start.Stage == Stage.Text)
        {
            Encode(start);
        }

        if (!_open.TryGetValue(start.Batch, out var open))
        {
            throw new InvalidOperationException($"batch {start.Batch.Value} is not open on this replica");
        }

        if ((all || start.Stage == Stage.Denoise) && !Denoise(start, open))
        {
            return StageEnd.Cancelled;
        }

        if (!all && start.Stage != Stage.Decode)
        {
            return StageEnd.More;
        }

        Decode(start.Batch, open);
        return StageEnd.Done;
    }

    private void Encode(ReplicaCommand.Start start)
    {
        var tasks = start.Jobs.Select(job => _host.Task(job) ?? throw new InvalidOperationException($"job {job.Value} has no payload")).ToList();
        var open = new OpenBatch(start.Jobs, _worker!.Open(tasks));
        _open[start.Batch] = open;
        open.Work.Text();
        _events.Post(new ServingEvent.StageDone(_id, start.Batch, Stage.Text));
    }

    /// <summary>False when nobody waits for the batch any more.</summary>
    private bool Denoise(ReplicaCommand.Start start, OpenBatch open)
    {
        if (start.FromStep != open.Work.StepsDone)
        {
            throw new InvalidOperationException($"cannot start at step {start.FromStep}: the batch stands at step {open.Work.StepsDone}");
        }

        while (!open.Work.IsDenoised)
        {
            if (AllCancelled(start.Batch, open))
            {
                return false;
            }

            open.Work.Step();
            foreach (var job in open.Jobs)
            {
                _host.Progress(job, open.Work.StepsDone);
            }
        }

        _events.Post(new ServingEvent.StageDone(_id, start.Batch, Stage.Denoise));
        return true;
    }

    private void Decode(BatchId batch, OpenBatch open)
    {
        for (var i = 0; i < open.Jobs.Count; i++)
        {
            if (!open.Cancelled.Contains(i) && !_stop.IsCancellationRequested)
            {
                _host.Store(open.Jobs[i], open.Work.Decode(i));
            }
        }

        _events.Post(new ServingEvent.StageDone(_id, batch, Stage.Decode));
    }

    /// <summary>Takes the jobs cancelled meanwhile out of the batch; true when none is left.</summary>
    private bool AllCancelled(BatchId batch, OpenBatch open)
    {
        for (var i = 0; i < open.Jobs.Count; i++)
        {
            if (_cancelled.TryGetValue(open.Jobs[i], out var of) && of == batch && open.Cancelled.Add(i))
            {
                open.Work.Cancel(i);
            }
        }

        return _stop.IsCancellationRequested || open.Cancelled.Count == open.Jobs.Count;
    }

    private void Close(BatchId batch)
    {
        if (_open.Remove(batch, out var open))
        {
            open.Work.Dispose();
        }

        // Batches are numbered in order of dispatch, so older entries are cancellations that came too late.
        foreach (var (job, of) in _cancelled)
        {
            if (of.Value <= batch.Value)
            {
                _cancelled.TryRemove(job, out _);
            }
        }
    }

    private void ObserveMemory() => _events.Post(new ServingEvent.MemoryObserved(_id, _worker!.Memory.FreeBytes));

    private void End()
    {
        foreach (var batch in _open.Keys.ToList())
        {
            Close(batch);
        }

        _worker!.Dispose();
    }

    private static string OneLine(Exception e) => $"{e.GetType().Name}: {e.Message}".ReplaceLineEndings(" ");

    private enum StageEnd
    {
        /// <summary>Another stage of the batch is to come.</summary>
        More,
        Done,
        Cancelled,
    }

    private sealed record OpenBatch(IReadOnlyList<JobId> Jobs, IVideoBatch Work)
    {
        /// <summary>Indices of the jobs taken out.</summary>
        public HashSet<int> Cancelled { get; } = [];
    }
}
