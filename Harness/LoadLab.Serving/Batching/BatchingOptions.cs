using LoadLab.Core;

namespace LoadLab.Serving.Batching;

public enum BatchingKind
{
    /// <summary>One job a batch.</summary>
    None,

    /// <summary>Compatible jobs gather for a window that starts with the oldest of them.</summary>
    Window,

    /// <summary>The dynamic batcher of Triton Inference Server.</summary>
    Triton,
}

/// <summary>How jobs are put together into one forward; the scenario's key <c>serving.batching</c>. Only jobs of one <see cref="BatchKey"/> ever share a batch.</summary>
public sealed record BatchingOptions
{
    public BatchingKind Kind { get; set; }

    /// <summary>Longest time that the oldest job of a batch waits for others (window).</summary>
    /// <value>200 ms.</value>
    public Duration Window { get; set; } = Duration.FromMilliseconds(200);

    /// <summary>Most jobs of a batch, whatever memory there is.</summary>
    /// <value>1 without a batching section, else 4.</value>
    public int MaxBatch { get; set; } = 1;

    /// <summary>Triton's max_queue_delay; zero sends at once.</summary>
    public Duration Delay { get; set; }

    /// <summary>Triton's preferred_batch_size, ascending; empty = the largest batch.</summary>
    public IReadOnlyList<int> Preferred { get; set; } = [];

    /// <summary>Jobs that may wait for one model before Triton refuses more; 0 = no limit.</summary>
    public int MaxQueue { get; set; }

    /// <summary>Longest time in Triton's queue; null = none.</summary>
    public Duration? QueueTimeout { get; set; }

    /// <summary>Whether a job past <see cref="QueueTimeout"/> moves behind the others of its level (DELAY) rather than being refused (REJECT).</summary>
    public bool TimeoutDelays { get; set; }

    /// <summary>Batch size from free memory; null = memory decides nothing.</summary>
    public BatchMemory? Memory { get; set; }
}

/// <summary>
/// Most jobs that fit: max(1, floor((free - reserve) / per video)). Per video is a figure (the article's rule: 20 GiB, reserve 4 GiB), or of the measured law
/// peak = constant + slope x batch x width x height x frames the part that grows with the batch.
/// </summary>
public sealed record BatchMemory
{
    public long ReserveBytes { get; set; }

    /// <summary>Null = <see cref="BytesPerPixel"/> decides.</summary>
    public long? PerVideoBytes { get; set; }

    /// <summary>Bytes for one pixel of one frame of one job.</summary>
    public double? BytesPerPixel { get; set; }
}
