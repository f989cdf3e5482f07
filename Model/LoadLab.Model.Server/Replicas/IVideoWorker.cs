using LoadLab.Model.Pipeline;
using LoadLab.Serving;

namespace LoadLab.Model.Server.Replicas;

/// <summary>
/// The computing part of one replica: real models in production, scripted ones in tests. Called by the replica's own thread only, except <see cref="Memory"/>.
/// Memory past the capacity throws <see cref="Tensors.OutOfDeviceMemoryException"/> and leaves the worker usable.
/// </summary>
internal interface IVideoWorker : IDisposable
{
    /// <summary>The arena's figures; readable from any thread at any time.</summary>
    WorkerMemory Memory { get; }

    /// <summary>The processors its threads keep to, in words.</summary>
    string Affinity { get; }

    /// <summary>Brings the weights into memory.</summary>
    void Load(ModelId model);

    void Unload(ModelId model);

    /// <summary>Opens a batch of tasks of one model and shape. Its tensors live until it is disposed.</summary>
    IVideoBatch Open(IReadOnlyList<VideoTask> tasks);
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
}
