using LoadLab.Model.Pipeline;
using LoadLab.Model.Server.Replicas;
using LoadLab.Serving;

namespace LoadLab.Model.Server.Tests;

/// <summary>A worker whose loads and steps wait for the test; open gates let everything through at once.</summary>
internal sealed class ScriptedWorker : IVideoWorker
{
    private ModelId? _loaded;

    public ManualResetEventSlim LoadGate { get; } = new(true);

    public ManualResetEventSlim StepGate { get; } = new(true);

    public TimeSpan StepTime { get; init; }

    /// <summary>Thrown by the next Text.</summary>
    public Exception? TextFault { get; set; }

    /// <summary>Thrown by the next Load.</summary>
    public Exception? LoadFault { get; set; }

    public List<VideoTask> Opened { get; } = [];

    public int StepsTaken { get; private set; }

    public bool Disposed { get; private set; }

    public WorkerMemory Memory { get; set; } = new(600, 700, 1000);

    public string Affinity => "scripted";

    public bool Load(ModelId model)
    {
        LoadGate.Wait();
        var fault = LoadFault;
        LoadFault = null;
        Throw(fault);
        var cold = _loaded != model;
        _loaded = model;
        return cold;
    }

    public void Unload(ModelId model) => _loaded = null;

    public IVideoBatch Open(IReadOnlyList<VideoTask> tasks)
    {
        lock (Opened)
        {
            Opened.AddRange(tasks);
        }

        return new Batch(this, tasks, 0);
    }

    public IVideoBatch Import(IReadOnlyList<VideoTask> tasks, BatchState state) => new Batch(this, tasks, state.StepsDone);

    public void Dispose() => Disposed = true;

    private static void Throw(Exception? fault)
    {
        if (fault is not null)
        {
            throw fault;
        }
    }

    private sealed class Batch(ScriptedWorker worker, IReadOnlyList<VideoTask> tasks, int stepsDone) : IVideoBatch
    {
        private readonly HashSet<int> _cancelled = [];

        public int StepsDone { get; private set; } = stepsDone;

        public bool IsDenoised => StepsDone == tasks[0].Shape.Steps;

        public void Text()
        {
            var fault = worker.TextFault;
            worker.TextFault = null;
            Throw(fault);
        }

        public void Step()
        {
            worker.StepsTaken++;
            worker.StepGate.Wait();
            Thread.Sleep(worker.StepTime);
            StepsDone++;
        }

        public void Cancel(int task) => _cancelled.Add(task);

        public BatchState Export() => new(StepsDone, [.. tasks.Where((_, task) => !_cancelled.Contains(task)).Select(_ => new JobState(null, null, null))]);

        public VideoClip Decode(int task)
        {
            var shape = tasks[task].Shape;
            return new VideoClip(shape.Width, shape.Height, shape.Frames, tasks[task].FramesPerSecond, new byte[shape.Width * shape.Height * shape.Frames * 3]);
        }

        public void Dispose()
        {
        }
    }
}
