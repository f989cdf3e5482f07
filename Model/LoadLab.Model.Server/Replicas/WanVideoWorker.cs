using LoadLab.Model.Pipeline;
using LoadLab.Serving;
using LoadLab.Tensors;

namespace LoadLab.Model.Server.Replicas;

/// <summary>A real model on a tensor backend that it owns: weights and live tensors share the backend's capacity.</summary>
internal sealed class WanVideoWorker(ITensorBackend backend, string weightsFolder) : IVideoWorker
{
    private WanPipeline? _pipeline;

    public WorkerMemory Memory => new(backend.Memory.LiveBytes, backend.Memory.PeakBytes, backend.Memory.CapacityBytes);

    public void Load(ModelId model)
    {
        var spec = ModelCatalog.Find(model.Name) ?? throw new ArgumentException($"model {model.Name} is not known", nameof(model));
        _pipeline = WanPipeline.Load(spec, weightsFolder, backend);
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
