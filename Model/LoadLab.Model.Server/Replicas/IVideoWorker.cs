using LoadLab.Model.Pipeline;
using LoadLab.Serving;

namespace LoadLab.Model.Server.Replicas;

/// <summary>
/// The computing part of one replica: real models in production, scripted ones in tests. Called by the replica's own thread only, except its figures.
/// Memory past the capacity throws <see cref="Tensors.OutOfDeviceMemoryException"/> and leaves the worker usable.
/// </summary>
internal interface IVideoWorker : IDisposable
{
    /// <summary>The arena's figures; readable from any thread at any time.</summary>
    WorkerMemory Memory { get; }

    /// <summary>What its text cache did and holds; zero without one. Readable like <see cref="Memory"/>.</summary>
    TextCacheFigures TextCache => default;

    /// <summary>The processors its threads keep to, in words.</summary>
    string Affinity { get; }

    /// <summary>Brings the weights into memory; false when they are there already, and a small job is run instead so that they stay warm: a ping.</summary>
    bool Load(ModelId model);

    void Unload(ModelId model);

    /// <summary>Opens a batch of tasks of one model and shape. Its tensors live until it is disposed.</summary>
    IVideoBatch Open(IReadOnlyList<VideoTask> tasks);

    /// <summary>Opens a batch that another worker's <see cref="IVideoBatch.Export"/> left; the tasks are those of its state.</summary>
    IVideoBatch Import(IReadOnlyList<VideoTask> tasks, BatchState state);
}

/// <summary>One batch between its stages: text once, steps until denoised, then decoding clip by clip.</summary>
internal interface IVideoBatch : IDisposable
{
    int StepsDone { get; }

    bool IsDenoised { get; }

    void Text();

    /// <summary>One denoise step of every task that is not cancelled.</summary>
    void Step();

    /// <summary>Takes a task out between two steps; index from 0.</summary>
    void Cancel(int task);

    VideoClip Decode(int task);

    /// <summary>What the next stage needs of the tasks that are not cancelled; after the text or after the last step.</summary>
    BatchState Export();
}
