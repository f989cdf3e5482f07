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

    /// <summary>Brings the weights into memory.</summary>
    void Load(ModelId model, CancellationToken cancellationToken);

    void Unload(ModelId model);

    /// <summary>Opens a batch of tasks of one model and shape. Its tensors live until it is disposed.</summary>
    IVideoBatch Open(IReadOnlyList<VideoTask> tasks);
}

/// <summary>One batch between its stages. The stages run once each and in order.</summary>
internal interface IVideoBatch : IDisposable
{
    void Text();

    /// <param name="stepDone">Told the number of steps done after each; false stops the batch there.</param>
    /// <returns>False when it was stopped.</returns>
    bool Denoise(Func<int, bool> stepDone);

    /// <summary>One clip per task, in the order of the tasks.</summary>
    IReadOnlyList<VideoClip> Decode();
}

/// <summary>What a model needs to make one clip.</summary>
internal sealed record VideoTask
{
    public required ModelId Model { get; init; }

    public required string Prompt { get; init; }

    /// <summary>Null = the model's own.</summary>
    public string? NegativePrompt { get; init; }

    public required int Width { get; init; }

    public required int Height { get; init; }

    public required int Frames { get; init; }

    public required int Steps { get; init; }

    public required double Guidance { get; init; }

    public required long Seed { get; init; }

    /// <summary>Frames a second of the clip's file.</summary>
    public required int FramesPerSecond { get; init; }
}

/// <summary>A generated clip as YUV4MPEG2 bytes.</summary>
internal sealed record VideoClip(byte[] Y4m);

/// <summary>Bytes of a replica's arena.</summary>
internal readonly record struct WorkerMemory(long LiveBytes, long PeakBytes, long CapacityBytes)
{
    public long FreeBytes => CapacityBytes - LiveBytes;
}
