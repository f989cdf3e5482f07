using LoadLab.Model.Cost;
using LoadLab.Model.Pipeline;
using LoadLab.Model.Residency;
using LoadLab.Model.Weights;
using LoadLab.Serving;
using LoadLab.Tensors;

namespace LoadLab.Model.Server.Replicas;

/// <summary>A real model on a tensor backend that it owns: weights and live tensors share the backend's capacity, text encodings are kept on the host beside it.</summary>
/// <param name="backend">Disposed with the worker.</param>
/// <param name="affinity">Of the backend's threads, in words.</param>
/// <param name="weights">Where every load takes them from.</param>
/// <param name="plan">Where a model's parts live; everything resident when absent.</param>
/// <param name="host">Makes the host backend of a plan with the text encoder there; disposed with the worker.</param>
/// <param name="parts">What a load brings into memory; the rest comes at its first use and stays.</param>
/// <param name="textCacheBytes">Most bytes of text encodings kept; 0 = none.</param>
internal sealed class WanVideoWorker(
    ITensorBackend backend,
    string affinity,
    WeightsSource weights,
    Func<WanModelSpec, FitRow>? plan = null,
    Func<FitRow, ITensorBackend>? host = null,
    ModelParts parts = ModelParts.All,
    long textCacheBytes = 0) : IVideoWorker
{
    private readonly TextCache? _texts = textCacheBytes > 0 ? new TextCache(textCacheBytes) : null;
    private WanPipeline? _pipeline;
    private ITensorBackend? _host;

    public WorkerMemory Memory => new(backend.Memory.LiveBytes, backend.Memory.PeakBytes, backend.Memory.CapacityBytes) { CacheBytes = TextCache.Bytes };

    public TextCacheFigures TextCache => _texts?.Figures ?? default;

    /// <summary>What the loaded model has computed so far.</summary>
    public WanWork Work => _pipeline?.Work ?? default;

    public string Affinity => affinity;

    /// <summary>
    /// On the backend that the options name, by the plan they ask for; the processor's threads are kept to their own processors. Called on the thread that will compute.
    /// In a pipeline a replica runs one stage, which shows at its first batch: it loads that stage's network then, and no other.
    /// </summary>
    public static WanVideoWorker Create(ModelServerOptions options, WanModelSpec model)
    {
        var threads = ServerHost.ThreadsOf(options);
        var (backend, affinity) = options.CreateBackend is { } create
            ? (create(options.MemoryBytes, threads), "as the backend's library decides")
            : (new CpuBackend(options.MemoryBytes, threads), ThreadAffinity.Pin(threads, ThreadAffinity.ComputeThreads, options.OwnsProcess));
        var residency = ResidencyOf(options, model);
        return new WanVideoWorker(
            backend,
            affinity,
            options.SourceFor(model),
            loaded => Fit(options, loaded) is var table && table.Choose(residency) is { } row ? row : table.Smallest,
            row => HostOf(row.HostCapacityBytes, threads),
            options.Serving.Pipeline.On ? ModelParts.None : ModelParts.All,
            options.Serving.TextCache.Bytes);
    }

    /// <summary>Small models are resident unless asked otherwise; full ones take the first plan that fits.</summary>
    public static ResidencyChoice ResidencyOf(ModelServerOptions options, WanModelSpec model) =>
        options.Residency ?? (model.IsSeeded ? ResidencyChoice.Resident : ResidencyChoice.Auto);

    /// <summary>The plans of one job of the native shape in the options' memory.</summary>
    public static FitTable Fit(ModelServerOptions options, WanModelSpec model) => Fit(options, model, batch: 1);

    /// <summary>What one more job of the native shape adds to a batch's peak, by formula, in bytes for a pixel of a frame: the part of the memory law that grows with the batch.</summary>
    public static double BytesPerPixel(ModelServerOptions options, WanModelSpec model)
    {
        long Peak(int batch) => Fit(options, model, batch) is var table && table.Choose(ResidencyOf(options, model)) is { } row ? row.PeakBytes : table.Smallest.PeakBytes;
        var native = model.Native;
        return Math.Max(1, Peak(2) - Peak(1)) / ((double)native.Width * native.Height * native.Frames);
    }

    private static CpuBackend HostOf(long capacityBytes, int threads)
    {
        var host = new CpuBackend(capacityBytes, threads);
        ThreadAffinity.Join(threads, ThreadAffinity.ComputeThreads);
        return host;
    }

    private static FitTable Fit(ModelServerOptions options, WanModelSpec model, int batch)
    {
        var host = new CpuMemory(ServerHost.ThreadsOf(options));
        EngineMemory device = options.CreateBackend is null ? host : new GpuMemory(options.WeightType);
        return FitTable.Of(model, model.Native, batch, options.MemoryBytes, device, host);
    }

    public bool Load(ModelId model)
    {
        if (_pipeline is { } loaded && loaded.Model.Name == model.Name)
        {
            // Small, but long enough for both experts of a model that has two.
            Run(loaded, loaded.Model.Preview with { Frames = 1, Steps = 3 });
            return false;
        }

        var spec = ModelCatalog.Find(model.Name) ?? throw new ArgumentException($"model {model.Name} is not known", nameof(model));
        Unload();
        var row = plan?.Invoke(spec);
        _host = row?.Plan.Text == TextPlace.Host ? host?.Invoke(row) : null;
        try
        {
            _pipeline = WanPipeline.Load(spec, weights, backend, plan: row?.Plan, host: _host, parts: parts);
        }
        catch
        {
            Unload();
            throw;
        }

        if (spec.IsSeeded)
        {
            // A clip of the native shape in two steps, so that the runtime has compiled every kernel before the first job: a part of the cold start, and counted there.
            // Small models only: a full one is busy for minutes with any clip, beside which compiling is nothing.
            Run(_pipeline, spec.Native with { Steps = 2 });
            backend.Memory.ResetPeak();
        }

        return true;
    }

    public void Unload(ModelId model)
    {
        if (_pipeline?.Model.Name == model.Name)
        {
            Unload();
        }
    }

    public IVideoBatch Open(IReadOnlyList<VideoTask> tasks) => new Batch(Loaded, tasks, _texts);

    public IVideoBatch Import(IReadOnlyList<VideoTask> tasks, BatchState state)
    {
        var batch = new Batch(Loaded, tasks, _texts);
        batch.Import(state);
        return batch;
    }

    public void Dispose()
    {
        Unload();
        backend.Dispose();
    }

    private WanPipeline Loaded => _pipeline ?? throw new InvalidOperationException("no model is loaded");

    private void Unload()
    {
        if (_pipeline is { } loaded)
        {
            _texts?.Clear(loaded.Model.Name);
            loaded.Dispose();
        }

        _pipeline = null;
        _host?.Dispose();
        _host = null;
    }

    /// <summary>Runs the networks that are here on one job that nobody waits for, past the text cache.</summary>
    private static void Run(WanPipeline pipeline, JobShape shape)
    {
        try
        {
            if (pipeline.Parts.HasFlag(ModelParts.Text))
            {
                using var batch = Blank(pipeline, shape);
                pipeline.EncodeText(batch);
            }

            if (pipeline.Parts.HasFlag(ModelParts.Denoise))
            {
                using var batch = Blank(pipeline, shape);
                var row = new float[pipeline.Model.Transformer.TextDim];
                pipeline.Import(batch, new BatchState(0, [new JobState(row, row, null)]));
                while (!batch.IsDenoised)
                {
                    pipeline.DenoiseStep(batch);
                }
            }

            if (pipeline.Parts.HasFlag(ModelParts.Decode))
            {
                using var batch = Blank(pipeline, shape);
                pipeline.Import(batch, new BatchState(shape.Steps, [new JobState(null, null, new float[pipeline.Model.LatentCount(shape)])]));
                pipeline.Decode(batch, 0);
            }
        }
        catch (OutOfDeviceMemoryException)
        {
            // Jobs will say so themselves.
        }
    }

    private static WanBatch Blank(WanPipeline pipeline, JobShape shape) => pipeline.Prepare(shape, [new VideoJob("warm-up", 0)]);

    private sealed class Batch(WanPipeline pipeline, IReadOnlyList<VideoTask> tasks, TextCache? texts) : IVideoBatch
    {
        private readonly WanBatch _batch = pipeline.Prepare(OneShape(tasks), [.. tasks.Select(task => task.Job)]);

        public int StepsDone => _batch.StepsDone;

        public bool IsDenoised => _batch.IsDenoised;

        public void Text() => pipeline.EncodeText(_batch, texts);

        public void Step() => pipeline.DenoiseStep(_batch);

        public void Cancel(int task) => _batch.Cancel(task);

        public VideoClip Decode(int task) => pipeline.Decode(_batch, task) with { FramesPerSecond = tasks[task].FramesPerSecond };

        public BatchState Export() => _batch.Export();

        public void Import(BatchState state) => pipeline.Import(_batch, state);

        public void Dispose() => _batch.Dispose();

        // A quality level's solver and shift are part of the shape.
        private static JobShape OneShape(IReadOnlyList<VideoTask> tasks) => tasks.Select(task => task.Shape).Distinct().Count() == 1
            ? tasks[0].Shape
            : throw new InvalidOperationException("jobs of different shapes or quality levels cannot share a batch");
    }
}
