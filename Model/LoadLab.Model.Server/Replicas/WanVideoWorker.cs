using LoadLab.Model.Cost;
using LoadLab.Model.Pipeline;
using LoadLab.Model.Residency;
using LoadLab.Model.Weights;
using LoadLab.Serving;
using LoadLab.Tensors;

namespace LoadLab.Model.Server.Replicas;

/// <summary>A real model on a tensor backend that it owns: weights and live tensors share the backend's capacity.</summary>
/// <param name="backend">Disposed with the worker.</param>
/// <param name="affinity">Of the backend's threads, in words.</param>
/// <param name="weights">Where every load takes them from.</param>
/// <param name="plan">Where a model's parts live; everything resident when absent.</param>
/// <param name="host">Makes the host backend of a plan with the text encoder there; disposed with the worker.</param>
internal sealed class WanVideoWorker(ITensorBackend backend, string affinity, WeightsSource weights, Func<WanModelSpec, FitRow>? plan = null, Func<FitRow, ITensorBackend>? host = null) : IVideoWorker
{
    private WanPipeline? _pipeline;
    private ITensorBackend? _host;

    public WorkerMemory Memory => new(backend.Memory.LiveBytes, backend.Memory.PeakBytes, backend.Memory.CapacityBytes);

    public string Affinity => affinity;

    /// <summary>On the backend that the options name, by the plan they ask for; the processor's threads are kept to their own processors. Called on the thread that will compute.</summary>
    public static WanVideoWorker Create(ModelServerOptions options, WanModelSpec model)
    {
        var threads = ServerHost.ThreadsOf(options);
        var (backend, affinity) = options.CreateBackend is { } create
            ? (create(options.MemoryBytes, threads), "as the backend's library decides")
            : (new CpuBackend(options.MemoryBytes, threads), ThreadAffinity.Pin(threads, ThreadAffinity.ComputeThreads));
        var residency = ResidencyOf(options, model);
        return new WanVideoWorker(
            backend,
            affinity,
            options.SourceFor(model),
            loaded => Fit(options, loaded) is var table && table.Choose(residency) is { } row ? row : table.Smallest,
            row => new CpuBackend(row.HostCapacityBytes, threads));
    }

    /// <summary>Small models are resident unless asked otherwise; full ones take the first plan that fits.</summary>
    public static ResidencyChoice ResidencyOf(ModelServerOptions options, WanModelSpec model) =>
        options.Residency ?? (model.IsSeeded ? ResidencyChoice.Resident : ResidencyChoice.Auto);

    /// <summary>The plans of one job of the native shape in the options' memory.</summary>
    public static FitTable Fit(ModelServerOptions options, WanModelSpec model)
    {
        var host = new CpuMemory(ServerHost.ThreadsOf(options));
        EngineMemory device = options.CreateBackend is null ? host : new GpuMemory(options.WeightType);
        return FitTable.Of(model, model.Native, batch: 1, options.MemoryBytes, device, host);
    }

    public void Load(ModelId model)
    {
        var spec = ModelCatalog.Find(model.Name) ?? throw new ArgumentException($"model {model.Name} is not known", nameof(model));
        var row = plan?.Invoke(spec);
        _host = row?.Plan.Text == TextPlace.Host ? host?.Invoke(row) : null;
        try
        {
            _pipeline = WanPipeline.Load(spec, weights, backend, plan: row?.Plan, host: _host);
        }
        catch
        {
            Unload(model);
            throw;
        }

        if (spec.IsSeeded)
        {
            WarmUp(_pipeline);
        }
    }

    /// <summary>
    /// Makes one clip of the native shape in two steps, so that the runtime has compiled every kernel before the first job: a part of the cold start, and counted
    /// there. Small models only: a full one is busy for minutes with any clip, beside which compiling is nothing.
    /// </summary>
    private void WarmUp(WanPipeline pipeline)
    {
        try
        {
            pipeline.Generate(pipeline.Model.Native with { Steps = 2 }, [new VideoJob("warm-up", 0)]);
        }
        catch (OutOfDeviceMemoryException)
        {
            // Jobs will say so themselves.
        }

        backend.Memory.ResetPeak();
    }

    public void Unload(ModelId model)
    {
        _pipeline?.Dispose();
        _pipeline = null;
        _host?.Dispose();
        _host = null;
    }

    public IVideoBatch Open(IReadOnlyList<VideoTask> tasks)
    {
        var pipeline = _pipeline ?? throw new InvalidOperationException("no model is loaded");
        return new Batch(pipeline, tasks);
    }

    public void Dispose()
    {
        _pipeline?.Dispose();
        _host?.Dispose();
        backend.Dispose();
    }

    private sealed class Batch(WanPipeline pipeline, IReadOnlyList<VideoTask> tasks) : IVideoBatch
    {
        private readonly WanBatch _batch = pipeline.Prepare(OneShape(tasks), [.. tasks.Select(task => task.Job)]);

        public int StepsDone => _batch.StepsDone;

        public bool IsDenoised => _batch.IsDenoised;

        public void Text() => pipeline.EncodeText(_batch);

        public void Step() => pipeline.DenoiseStep(_batch);

        public void Cancel(int task) => _batch.Cancel(task);

        public VideoClip Decode(int task) => pipeline.Decode(_batch, task) with { FramesPerSecond = tasks[task].FramesPerSecond };

        public void Dispose() => _batch.Dispose();

        // A quality level's solver and shift are part of the shape.
        private static JobShape OneShape(IReadOnlyList<VideoTask> tasks) => tasks.Select(task => task.Shape).Distinct().Count() == 1
            ? tasks[0].Shape
            : throw new InvalidOperationException("jobs of different shapes or quality levels cannot share a batch");
    }
}
