using LoadLab.Model.Pipeline;
using LoadLab.Model.Server.Replicas;
using LoadLab.Model.Weights;
using LoadLab.Serving;
using LoadLab.Tensors;

namespace LoadLab.Model.Server.Tests;

/// <summary>A host in memory for real workers run on the test's own thread, with hooks where a replica calls back.</summary>
internal sealed class BatchBench : IBatchHost, IEventSink
{
    private readonly Dictionary<JobId, VideoTask> _tasks = [];
    private int _taken;

    public Dictionary<JobId, byte[]> Clips { get; } = [];

    public Dictionary<BatchId, HandOver> Kept { get; } = [];

    public List<ServingEvent> Events { get; } = [];

    public Action<JobId> OnTask { get; set; } = _ => { };

    public Action<JobId, int> OnProgress { get; set; } = (_, _) => { };

    public Action<JobId> OnStore { get; set; } = _ => { };

    public int Pings { get; private set; }

    /// <summary>A worker of its own arena that loads what the stage needs.</summary>
    public static WanVideoWorker Worker(WanModelSpec model, string folder, Stage stage = Stage.Whole, long capacityBytes = 256 << 20, long textCacheBytes = 0)
    {
        var worker = Bare(folder, stage, capacityBytes, textCacheBytes);
        Assert.True(worker.Load(new ModelId(model.Name)));
        return worker;
    }

    public static WanVideoWorker Bare(string folder, Stage stage, long capacityBytes, long textCacheBytes = 0) =>
        new(new CpuBackend(capacityBytes, threads: 1), "test", new WeightsSource.Seeded(folder), parts: PartsOf(stage), textCacheBytes: textCacheBytes);

    public JobId[] Add(WanModelSpec model, JobShape shape, params VideoJob[] jobs)
    {
        var first = _tasks.Count;
        for (var i = 0; i < jobs.Length; i++)
        {
            _tasks.Add(new JobId(first + i), new VideoTask(new ModelId(model.Name), shape, jobs[i], model.FramesPerSecond));
        }

        return [.. Enumerable.Range(first, jobs.Length).Select(i => new JobId(i))];
    }

    public BatchRunner Runner(IVideoWorker worker, CancellationToken stop = default) => new(new ReplicaId(0), worker, this, this, stop);

    public StageEnd Run(IVideoWorker worker, BatchId batch, Stage stage, params JobId[] jobs) => Runner(worker).Run(new ReplicaCommand.Start(batch, stage, 0, jobs));

    public VideoTask? Task(JobId job)
    {
        OnTask(job);
        return _tasks.GetValueOrDefault(job);
    }

    public void Progress(JobId job, int steps) => OnProgress(job, steps);

    public void Store(JobId job, VideoClip clip)
    {
        OnStore(job);
        Clips[job] = clip.Rgb;
    }

    public void Keep(BatchId batch, HandOver made) => Kept[batch] = made;

    public HandOver? Take(BatchId batch, IReadOnlyList<JobId> jobs) => Kept.Remove(batch, out var made) ? made : null;

    public void Loaded(ReplicaId replica, ModelId model, double seconds)
    {
    }

    public void Pinged(ReplicaId replica, ModelId model, double seconds) => Pings++;

    public void Post(ServingEvent e)
    {
        lock (Events)
        {
            Events.Add(e);
            Monitor.PulseAll(Events);
        }
    }

    /// <summary>The first event of that kind not taken yet; those before it are taken too.</summary>
    public T Next<T>()
        where T : ServingEvent
    {
        lock (Events)
        {
            while (true)
            {
                for (; _taken < Events.Count; _taken++)
                {
                    if (Events[_taken] is T wanted)
                    {
                        _taken++;
                        return wanted;
                    }
                }

                Monitor.Wait(Events);
            }
        }
    }

    private static ModelParts PartsOf(Stage stage) => stage switch
    {
        Stage.Text => ModelParts.Text,
        Stage.Denoise => ModelParts.Denoise,
        Stage.Decode => ModelParts.Decode,
        _ => ModelParts.All,
    };
}
