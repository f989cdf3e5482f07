using System.Diagnostics;
using System.IO.Pipes;
using System.Threading.Channels;
using LoadLab.Core;
using LoadLab.Model.Server.Emulation;
using LoadLab.Serving;

namespace LoadLab.Model.Server.Replicas.Processes;

/// <summary>
/// A replica in a process of its own, seen from its server: commands become messages, messages become events. Whatever ends the process ends this replica alone, with
/// the cause in ReplicaLost.
/// </summary>
/// <remarks>Bounds: 1,024 commands on their way, then the process counts as stuck and is ended; a message of 1 MiB.</remarks>
internal sealed class ProcessReplica : ILiveReplica
{
    private const int MostCommands = 1024;
    private const int FirstSignal = 128;
    private static readonly TimeSpan s_startLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_exitLimit = TimeSpan.FromSeconds(5);

    private readonly IBatchHost _host;
    private readonly IEventSink _events;
    private readonly FaultPlan? _faults;
    private readonly Channel<ToReplica> _commands = Channel.CreateBounded<ToReplica>(new BoundedChannelOptions(MostCommands) { SingleReader = true });
    private readonly CancellationTokenSource _stop = new();
    private readonly BusyTime _busy = new();
    private readonly long _born = MonotonicClock.SystemNanoseconds;
    private readonly Lock _gate = new();
    private readonly Task _run;
    private BusyTime.Inside? _inside;
    private (long Batch, Stage Stage, IReadOnlyList<JobId> Jobs) _batch;
    private WorkerMemory _memory;
    private string? _leaving;
    private volatile string _affinity = "";
    private volatile bool _ready;
    private volatile bool _ended;
    private int _process;

    /// <param name="id">Its number.</param>
    /// <param name="kind">Its group's; the process is told.</param>
    /// <param name="start">Starts the process that will come to the address.</param>
    /// <param name="address">Where it is waited for.</param>
    /// <param name="faults">What goes wrong; null = nothing.</param>
    /// <param name="host">Payloads, progress and clips.</param>
    /// <param name="events">The serving core.</param>
    public ProcessReplica(ReplicaId id, ReplicaKind kind, Func<string, Process> start, string address, FaultPlan? faults, IBatchHost host, IEventSink events)
    {
        (Id, Kind, _faults, _host, _events) = (id, kind, faults, host, events);
        _commands.Writer.TryWrite(new ToReplica.Hello(id.Value, kind.Name));
        _run = Task.Run(() => RunAsync(start, address));
    }

    public ReplicaId Id { get; }

    public ReplicaKind Kind { get; }

    /// <summary>0 before it has started.</summary>
    public int ProcessId => Volatile.Read(ref _process);

    public bool IsReady => _ready && !_ended;

    public bool HasEnded => _ended;

    public WorkerMemory Memory
    {
        get
        {
            lock (_gate)
            {
                return _memory;
            }
        }
    }

    public double BusySeconds => _busy.Seconds;

    public double AgeSeconds => (MonotonicClock.SystemNanoseconds - _born) / 1e9;

    public string Affinity => _affinity;

    public void Load(ModelId m) => Say(new ToReplica.Load(m.Name));

    public void Unload(ModelId m) => Say(new ToReplica.Unload(m.Name));

    public void Start(BatchId b, Stage s, int fromStep, ReadOnlySpan<JobId> jobs)
    {
        JobId[] members = [.. jobs];
        lock (_gate)
        {
            _batch = (b.Value, s, members);
            _inside = _busy.Enter();
        }

        var tasks = new List<WireTask>(members.Length);
        foreach (var job in members)
        {
            if (_host.Task(job) is { } task)
            {
                tasks.Add(new WireTask(job.Value, _host.ClipFile(job), task));
            }
        }

        var fault = tasks.Count == 0 || s is Stage.Text or Stage.Decode ? Fault.None : _faults?.Of(members, [.. tasks.Select(task => task.Task)]) ?? Fault.None;
        if (tasks.Count == members.Length)
        {
            Say(new ToReplica.Start(b.Value, s, fromStep, fault, tasks));
        }
        else
        {
            Fail(b.Value, "a job of the batch has no payload");
        }
    }

    public void Cancel(BatchId b, JobId j) => Say(new ToReplica.Cancel(b.Value, j.Value));

    public void Preempt(BatchId b) => Say(new ToReplica.Preempt(b.Value));

    public void Stop()
    {
        _leaving ??= "stopped";
        Say(new ToReplica.Stop());
    }

    public void Leave(string cause)
    {
        _leaving ??= cause;
        Say(new ToReplica.Leave(cause));
    }

    /// <summary>Closes this end, which ends the process, and waits for it.</summary>
    public void Dispose()
    {
        _leaving ??= "stopped";
        _stop.Cancel();
        _run.Wait();
        _stop.Dispose();
    }

    private void Say(ToReplica message)
    {
        if (!_commands.Writer.TryWrite(message) && !_ended)
        {
            _leaving ??= $"the process took none of {MostCommands} commands";
            _stop.Cancel();
        }
    }

    private async Task RunAsync(Func<string, Process> start, string address)
    {
        string cause;
        Process? process = null;
        try
        {
            await using var pipe = PipeFolder.Listen(address);
            process = start(address);
            Volatile.Write(ref _process, process.Id);
            _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
            cause = await MeetAsync(pipe, process).ConfigureAwait(false) ? await TalkAsync(pipe).ConfigureAwait(false) : "";
        }
        catch (Exception e)
        {
            cause = $"{e.GetType().Name}: {e.Message}".ReplaceLineEndings(" ");
        }

        _commands.Writer.TryComplete();
        var end = process is null ? cause : await EndOfAsync(process).ConfigureAwait(false);
        process?.Dispose();
        EndBatch();
        _ended = true;
        _events.Post(new ServingEvent.ReplicaLost(Id, _leaving ?? (cause.Length > 0 && end != cause ? $"{cause}; {end}" : end)));
    }

    /// <summary>False when the process ended before it came.</summary>
    private async Task<bool> MeetAsync(NamedPipeServerStream pipe, Process process)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        limit.CancelAfter(s_startLimit);
        var comes = pipe.WaitForConnectionAsync(limit.Token);
        if (await Task.WhenAny(comes, process.WaitForExitAsync(limit.Token)).ConfigureAwait(false) == comes)
        {
            await comes.ConfigureAwait(false);
            return true;
        }

        await limit.CancelAsync().ConfigureAwait(false);
        return false;
    }

    /// <summary>Until this end or the other closes; a reason when there is one besides the process's end.</summary>
    private async Task<string> TalkAsync(NamedPipeServerStream pipe)
    {
        using var frames = new FrameStream(pipe);
        using var closing = _stop.Token.Register(pipe.Dispose);
        var sending = SendAsync(frames);
        try
        {
            // A thread of its own: a pool of few threads would be full of readers.
            return await Task.Factory.StartNew(() => Hear(frames), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
        }
        finally
        {
            _commands.Writer.TryComplete();
            await sending.ConfigureAwait(false);
        }
    }

    private string Hear(FrameStream frames)
    {
        try
        {
            while (frames.Read(ReplicaJson.Default.FromReplica) is { } message)
            {
                Take(message);
            }

            return "";
        }
        catch (FrameException e)
        {
            return $"it said what no replica says: {e.Message}";
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            return "";
        }
    }

    private async Task SendAsync(FrameStream frames)
    {
        try
        {
            await foreach (var message in _commands.Reader.ReadAllAsync().ConfigureAwait(false))
            {
                try
                {
                    frames.Write(message, ReplicaJson.Default.ToReplica);
                }
                catch (FrameException e) when (message is ToReplica.Start start)
                {
                    Fail(start.Batch, e.Message);
                }
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The reader finds the same end and says why.
        }
    }

    private void Take(FromReplica message)
    {
        switch (message)
        {
            case FromReplica.Ready ready:
                _affinity = ready.Affinity;
                _ready = true;
                _events.Post(new ServingEvent.ReplicaReady(Id));
                break;
            case FromReplica.Took { Ping: true } pinged:
                _host.Pinged(Id, new ModelId(pinged.Model), pinged.Seconds);
                break;
            case FromReplica.Took took:
                _host.Loaded(Id, new ModelId(took.Model), took.Seconds);
                break;
            case FromReplica.Loaded loaded:
                _events.Post(new ServingEvent.ModelLoaded(Id, new ModelId(loaded.Model)));
                break;
            case FromReplica.Unloaded unloaded:
                _events.Post(new ServingEvent.ModelUnloaded(Id, new ModelId(unloaded.Model)));
                break;
            case FromReplica.LoadFailed failed:
                _events.Post(new ServingEvent.LoadFailed(Id, new ModelId(failed.Model), failed.Cause));
                break;
            case FromReplica.Memory memory:
                Observe(memory);
                break;
            case FromReplica.Lost lost:
                _leaving ??= lost.Cause;
                break;
            default:
                TakeOfBatch(message);
                break;
        }
    }

    private void TakeOfBatch(FromReplica message)
    {
        switch (message)
        {
            case FromReplica.Progress progress when Runs(progress.Job):
                _host.Progress(new JobId(progress.Job), progress.Steps);
                break;
            case FromReplica.Clip clip when Runs(clip.Job):
                _host.Adopt(new JobId(clip.Job));
                break;
            case FromReplica.StageDone done when Is(done.Batch):
                if (_batch.Stage == done.Stage && done.Stage != Stage.Decode)
                {
                    // Another replica takes the next stage.
                    EndBatch();
                }

                _events.Post(new ServingEvent.StageDone(Id, new BatchId(done.Batch), done.Stage));
                break;
            case FromReplica.BatchDone done when Is(done.Batch):
                EndBatch();
                _events.Post(new ServingEvent.BatchDone(Id, new BatchId(done.Batch)));
                break;
            case FromReplica.Checkpointed checkpoint when Is(checkpoint.Batch):
                _events.Post(new ServingEvent.Checkpointed(Id, new BatchId(checkpoint.Batch), checkpoint.Step));
                break;
            case FromReplica.BatchFailed failed when Is(failed.Batch):
                EndBatch();
                _events.Post(new ServingEvent.BatchFailed(Id, new BatchId(failed.Batch), failed.Cause, failed.Detail));
                break;
            default:
                throw new FrameException($"{message.GetType().Name} of a batch that it does not run");
        }
    }

    private void Observe(FromReplica.Memory memory)
    {
        lock (_gate)
        {
            _memory = new WorkerMemory(memory.LiveBytes, memory.PeakBytes, memory.CapacityBytes);
        }

        _events.Post(new ServingEvent.MemoryObserved(Id, memory.FreeBytes));
    }

    private void Fail(long batch, string detail)
    {
        EndBatch();
        _events.Post(new ServingEvent.BatchFailed(Id, new BatchId(batch), "error", detail));
    }

    private bool Is(long batch)
    {
        lock (_gate)
        {
            return _inside is not null && _batch.Batch == batch;
        }
    }

    private bool Runs(long job)
    {
        lock (_gate)
        {
            return _inside is not null && _batch.Jobs.Contains(new JobId(job));
        }
    }

    private void EndBatch()
    {
        lock (_gate)
        {
            _inside?.Dispose();
            _inside = null;
        }
    }

    /// <summary>Waits for the process, which has closed its end or lost ours, and says how it ended.</summary>
    private static async Task<string> EndOfAsync(Process process)
    {
        using var limit = new CancellationTokenSource(s_exitLimit);
        try
        {
            await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
            return $"process {process.Id} did not end and was killed";
        }

        return process.ExitCode > FirstSignal
            ? $"process {process.Id} was ended by signal {process.ExitCode - FirstSignal}"
            : $"process {process.Id} ended with exit code {process.ExitCode}";
    }
}
