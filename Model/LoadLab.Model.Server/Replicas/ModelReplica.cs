using System.Collections.Concurrent;
using System.Diagnostics;
using LoadLab.Core;
using LoadLab.Model.Pipeline;
using LoadLab.Serving;
using LoadLab.Tensors;

namespace LoadLab.Model.Server.Replicas;

/// <summary>
/// A replica that computes: one thread that takes commands in order and answers by events. Failures of a batch, memory included, are events and leave the
/// replica able to take the next one.
/// </summary>
/// <remarks>Bound: 64 commands. The core gives one batch at a time, so a full queue is a broken invariant and throws.</remarks>
internal sealed class ModelReplica : ILiveReplica
{
    private const int MaxCommands = 64;

    private readonly ReplicaId _id;
    private readonly Func<IVideoWorker> _createWorker;
    private readonly IBatchHost _host;
    private readonly IEventSink _events;
    private readonly Func<bool>? _mayPoll;
    private readonly BlockingCollection<ReplicaCommand> _commands = new(MaxCommands);
    private readonly CancellationTokenSource _stop = new();
    private readonly BusyTime _busy = new();
    private readonly long _born = MonotonicClock.SystemNanoseconds;
    private readonly Thread _thread;
    private IVideoWorker? _worker;
    private BatchRunner? _batches;
    private volatile bool _ready;
    private volatile bool _ended;

    /// <param name="id">Its number.</param>
    /// <param name="createWorker">Called on the replica's thread, the one that will compute.</param>
    /// <param name="host">Payloads, progress and clips.</param>
    /// <param name="events">The serving core.</param>
    /// <param name="mayPoll">Whether the thread may look for its next command without sleeping; asked there once the worker is made. Null = it may not.</param>
    public ModelReplica(ReplicaId id, Func<IVideoWorker> createWorker, IBatchHost host, IEventSink events, Func<bool>? mayPoll = null)
    {
        (_id, _createWorker, _host, _events, _mayPoll) = (id, createWorker, host, events, mayPoll);
        _thread = new Thread(Run) { Name = $"replica {id.Value}", IsBackground = true };
        _thread.Start();
    }

    /// <summary>The arena's figures; zero before the worker exists. Any thread.</summary>
    public WorkerMemory Memory => Volatile.Read(ref _worker)?.Memory ?? default;

    /// <summary>The text cache's figures; zero before the worker exists or without a cache. Any thread.</summary>
    public TextCacheFigures TextCache => Volatile.Read(ref _worker)?.TextCache ?? default;

    public ReplicaId Id => _id;

    public ReplicaKind Kind { get; init; } = new("local");

    /// <summary>Time since it was provisioned. Any thread.</summary>
    public double AgeSeconds => (MonotonicClock.SystemNanoseconds - _born) / 1e9;

    /// <summary>Whether it takes work. Any thread.</summary>
    public bool IsReady => _ready && !_ended;

    /// <summary>Whether the thread does nothing any more. Any thread.</summary>
    public bool HasEnded => _ended;

    /// <summary>The processors its threads keep to, in words; empty before the worker exists. Any thread.</summary>
    public string Affinity => Volatile.Read(ref _worker)?.Affinity ?? "";

    /// <summary>Seconds spent in batches, the running one included. Any thread.</summary>
    public double BusySeconds => _busy.Seconds;

    public void Load(ModelId m) => Add(new ReplicaCommand.Load(m));

    public void Unload(ModelId m) => Add(new ReplicaCommand.Unload(m));

    public void Start(BatchId b, Stage s, int fromStep, ReadOnlySpan<JobId> jobs) => Add(new ReplicaCommand.Start(b, s, fromStep, jobs.ToArray()));

    public void Cancel(BatchId b, JobId j) => Volatile.Read(ref _batches)?.Cancel(b, j);

    /// <summary>Never asked: a scenario with preemption on real replicas is refused before it starts.</summary>
    public void Preempt(BatchId b) => throw new NotSupportedException("a real replica keeps no state between two starts of a batch");

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
            using var worker = _createWorker();
            Volatile.Write(ref _batches, new BatchRunner(_id, worker, _host, _events, _stop.Token));
            Volatile.Write(ref _worker, worker);
            _ready = true;
            _events.Post(new ServingEvent.ReplicaReady(_id));
            var polls = _mayPoll?.Invoke() ?? false;
            while (Next(polls) is { } command)
            {
                if (command is ReplicaCommand.Leave leave)
                {
                    cause = leave.Cause;
                    break;
                }

                Do(command);
            }
        }
        catch (Exception e)
        {
            // A worker that cannot be built or torn down is a lost replica, not a lost server.
            cause = OneLine(e);
        }

        _ended = true;
        _events.Post(new ServingEvent.ReplicaLost(_id, cause));
    }

    /// <summary>Null when there are no more.</summary>
    private ReplicaCommand? Next(bool polls)
    {
        ReplicaCommand? command;
        if (!polls)
        {
            return _commands.TryTake(out command, Timeout.Infinite) ? command : null;
        }

        // No pause instruction: a virtual machine's host takes many of them for a lock and gives the processor away.
        while (!_commands.TryTake(out command) && !_commands.IsCompleted)
        {
        }

        return command;
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
            var cold = _worker!.Load(model);
            var seconds = (MonotonicClock.SystemNanoseconds - started) / 1e9;
            if (cold)
            {
                _host.Loaded(_id, model, seconds);
            }
            else
            {
                _host.Pinged(_id, model, seconds);
            }

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
            var end = _batches!.Run(start);
            if (end == StageEnd.More)
            {
                return;
            }

            ObserveMemory();
            _events.Post(end switch
            {
                StageEnd.Done => new ServingEvent.BatchDone(_id, start.Batch),
                StageEnd.Stopped => new ServingEvent.BatchFailed(_id, start.Batch, "shutdown", "the server stopped while the job ran"),
                _ => new ServingEvent.BatchFailed(_id, start.Batch, "cancelled", "every job of the batch was cancelled"),
            });
        }
        catch (Exception e)
        {
            ObserveMemory();
            var cause = e is OutOfDeviceMemoryException or OutOfMemoryException ? "out-of-memory" : "error";
            _events.Post(new ServingEvent.BatchFailed(_id, start.Batch, cause, OneLine(e)));
        }
    }

    private void ObserveMemory() => _events.Post(new ServingEvent.MemoryObserved(_id, _worker!.Memory.FreeBytes));

    private static string OneLine(Exception e) => $"{e.GetType().Name}: {e.Message}".ReplaceLineEndings(" ");
}
