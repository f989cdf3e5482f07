using System.Collections.Concurrent;
using LoadLab.Model.Pipeline;
using LoadLab.Model.Server.Emulation;
using LoadLab.Model.Video;
using LoadLab.Serving;

namespace LoadLab.Model.Server.Replicas.Processes;

/// <summary>A replica's own process: takes messages from its server, has the replica work, sends what it answers. Ends when the server's end closes.</summary>
internal sealed class ReplicaProcess : IBatchHost, IEventSink
{
    private readonly FrameStream _frames;
    private readonly ConcurrentDictionary<long, WireTask> _tasks = new();
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ILiveReplica? _replica;

    private ReplicaProcess(FrameStream frames) => _frames = frames;

    /// <summary>Serves until the server's end closes or the replica is lost.</summary>
    /// <param name="stream">To the server.</param>
    /// <param name="create">Makes the replica of the kind that the server names.</param>
    public static void Run(Stream stream, Func<ReplicaKind, ReplicaId, IBatchHost, IEventSink, ILiveReplica> create)
    {
        using var frames = new FrameStream(stream);
        var process = new ReplicaProcess(frames);
        try
        {
            if (frames.Read(ReplicaJson.Default.ToReplica) is ToReplica.Hello hello)
            {
                Volatile.Write(ref process._replica, create(new ReplicaKind(hello.Kind), new ReplicaId(hello.Replica), process, process));
                process.Serve();
            }
        }
        catch (IOException)
        {
            // The server is gone, and nobody waits for an answer.
        }
    }

    public VideoTask? Task(JobId job) => _tasks.GetValueOrDefault(job.Value)?.Task;

    public void Progress(JobId job, int steps) => Say(new FromReplica.Progress(job.Value, steps));

    public void Store(JobId job, VideoClip clip)
    {
        Y4MWriter.Write(clip, _tasks[job.Value].Clip);
        Say(new FromReplica.Clip(job.Value));
    }

    public void Loaded(ReplicaId replica, ModelId model, double seconds) => Say(new FromReplica.Took(model.Name, seconds, Ping: false));

    public void Pinged(ReplicaId replica, ModelId model, double seconds) => Say(new FromReplica.Took(model.Name, seconds, Ping: true));

    /// <summary>A scenario with both is refused: between processes a stage's tensors would go through the frames.</summary>
    public void Keep(BatchId batch, HandOver made) => throw new NotSupportedException("a real replica in a process of its own runs whole batches only");

    public HandOver? Take(BatchId batch, IReadOnlyList<JobId> jobs) => throw new NotSupportedException("a real replica in a process of its own runs whole batches only");

    public void Post(ServingEvent e)
    {
        switch (e)
        {
            case ServingEvent.ReplicaReady:
                // The replica's constructor may say so before it is known here.
                Say(new FromReplica.Ready(Volatile.Read(ref _replica)?.Affinity ?? ""));
                break;
            case ServingEvent.ModelLoaded loaded:
                Say(new FromReplica.Loaded(loaded.Model.Name));
                break;
            case ServingEvent.ModelUnloaded unloaded:
                Say(new FromReplica.Unloaded(unloaded.Model.Name));
                break;
            case ServingEvent.LoadFailed failed:
                Say(new FromReplica.LoadFailed(failed.Model.Name, failed.Cause));
                break;
            case ServingEvent.MemoryObserved observed:
                var memory = Volatile.Read(ref _replica)?.Memory ?? default;
                Say(new FromReplica.Memory(observed.FreeBytes, memory.LiveBytes, memory.PeakBytes, memory.CapacityBytes));
                break;
            case ServingEvent.StageDone done:
                Say(new FromReplica.StageDone(done.Batch.Value, done.Stage));
                break;
            case ServingEvent.BatchDone done:
                Say(new FromReplica.BatchDone(done.Batch.Value));
                break;
            case ServingEvent.BatchFailed failed:
                Say(new FromReplica.BatchFailed(failed.Batch.Value, failed.Cause, failed.Detail));
                break;
            case ServingEvent.Checkpointed checkpoint:
                Say(new FromReplica.Checkpointed(checkpoint.Batch.Value, checkpoint.Step));
                break;
            case ServingEvent.ReplicaLost lost:
                Say(new FromReplica.Lost(lost.Cause));
                _end.TrySetResult();
                break;
        }
    }

    private void Serve()
    {
        var hearing = new Thread(Hear) { Name = "server", IsBackground = true };
        hearing.Start();
        _end.Task.GetAwaiter().GetResult();
    }

    private void Hear()
    {
        try
        {
            while (_frames.Read(ReplicaJson.Default.ToReplica) is { } message)
            {
                Take(message);
            }

            _end.TrySetResult();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The server is gone, and nobody waits for an answer.
            _end.TrySetResult();
        }
        catch (FrameException e)
        {
            _end.TrySetException(e);
        }
    }

    private void Take(ToReplica message)
    {
        var replica = _replica!;
        switch (message)
        {
            case ToReplica.Load load:
                replica.Load(new ModelId(load.Model));
                break;
            case ToReplica.Unload unload:
                replica.Unload(new ModelId(unload.Model));
                break;
            case ToReplica.Start start:
                Start(replica, start);
                break;
            case ToReplica.Cancel cancel:
                replica.Cancel(new BatchId(cancel.Batch), new JobId(cancel.Job));
                break;
            case ToReplica.Preempt preempt:
                replica.Preempt(new BatchId(preempt.Batch));
                break;
            case ToReplica.Leave leave:
                replica.Leave(leave.Cause);
                break;
            case ToReplica.Stop:
                replica.Stop();
                break;
            default:
                throw new FrameException($"{message.GetType().Name} is said first and once");
        }
    }

    private void Start(ILiveReplica replica, ToReplica.Start start)
    {
        if (start.Jobs.Any(job => job is null))
        {
            throw new FrameException("a job of a batch is null");
        }

        // One batch at a time.
        _tasks.Clear();
        JobId[] jobs = [.. start.Jobs.Select(job => new JobId(job.Job))];
        foreach (var task in start.Jobs)
        {
            _tasks[task.Job] = task;
        }

        if (replica is EmulatedReplica emulated)
        {
            emulated.Start(new BatchId(start.Batch), start.Stage, start.FromStep, jobs, [.. start.Jobs.Select(job => job.Task)], start.Fault);
        }
        else
        {
            replica.Start(new BatchId(start.Batch), start.Stage, start.FromStep, jobs);
        }
    }

    private void Say(FromReplica message)
    {
        try
        {
            _frames.Write(message, ReplicaJson.Default.FromReplica);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The server's end is closed: the reader sees it and ends the process.
        }
    }
}
