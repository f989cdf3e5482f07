using LoadLab.Model.Pipeline;
using LoadLab.Serving;
using LoadLab.Tensors;

namespace LoadLab.Model.Server.Replicas;

/// <summary>A real model on a tensor backend that it owns: weights and live tensors share the backend's capacity.</summary>
/// <param name="backend">Disposed with the worker.</param>
/// <param name="affinity">Of the backend's threads, in words.</param>
/// <param name="weightsFolder">The checkpoint's folder, or the cache of a small model's weights.</param>
/// <param name="weightType">Of the text encoder and the transformers.</param>
internal sealed class WanVideoWorker(ITensorBackend backend, string affinity, string weightsFolder, ElementType weightType = ElementType.Float32) : IVideoWorker
{
    private WanPipeline? _pipeline;

    public WorkerMemory Memory => new(backend.Memory.LiveBytes, backend.Memory.PeakBytes, backend.Memory.CapacityBytes);

    public string Affinity => affinity;

    /// <summary>On the backend that the options name. Called on the thread that will compute.</summary>
    public static WanVideoWorker Create(ModelServerOptions options)
    {
        var threads = ServerHost.ThreadsOf(options);
        return options.CreateBackend is { } create
            ? new WanVideoWorker(create(options.MemoryBytes, threads), "as the backend's library decides", options.WeightsFolder, options.WeightType)
            : OnCpu(options.MemoryBytes, threads, options.WeightsFolder);
    }

    /// <summary>On the processor, with its threads kept to their own processors. Called on the thread that will compute.</summary>
    public static WanVideoWorker OnCpu(long memoryBytes, int threads, string weightsFolder)
    {
        var backend = new CpuBackend(memoryBytes, threads);
        return new WanVideoWorker(backend, ThreadAffinity.Pin(threads, ThreadAffinity.ComputeThreads), weightsFolder);
    }

    public void Load(ModelId model)
    {
        var spec = ModelCatalog.Find(model.Name) ?? throw new ArgumentException($"model {model.Name} is not known", nameof(model));
        _pipeline = WanPipeline.Load(spec, weightsFolder, backend, type: weightType);
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
    }

    public IVideoBatch Open(IReadOnlyList<VideoTask> tasks)
    {
        var pipeline = _pipeline ?? throw new InvalidOperationException("no model is loaded");
        return new Batch(pipeline, tasks);
    }

    public void Dispose()
    {
        _pipeline?.Dispose();
        backend.Dispose();
    }

    private sealed class Batch(WanPipeline pipeline, IReadOnlyList<VideoTask> tasks) : IVideoBatch
    {
        private readonly WanBatch _batch = pipeline.Prepare(tasks[0].Shape, [.. tasks.Select(task => task.Job)]);

        public int StepsDone => _batch.StepsDone;

        public bool IsDenoised => _batch.IsDenoised;

        public void Text() => pipeline.EncodeText(_batch);

        public void Step() => pipeline.DenoiseStep(_batch);

        public void Cancel(int task) => _batch.Cancel(task);

        public VideoClip Decode(int task) => pipeline.Decode(_batch, task) with { FramesPerSecond = tasks[task].FramesPerSecond };

        public void Dispose() => _batch.Dispose();
    }
}
