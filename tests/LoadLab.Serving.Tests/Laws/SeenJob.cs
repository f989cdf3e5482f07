using LoadLab.Core;
using LoadLab.Serving.Batching;

namespace LoadLab.Serving.Tests.Laws;

internal enum SeenState
{
    Checking,
    Waiting,
    BackingOff,
    Running,
    CheckingClip,
}

/// <summary>A job that was let in and has not ended, as its host sees it.</summary>
internal sealed class SeenJob(JobView view, ModelId served)
{
    public JobView View => view;

    public long Id => view.Id.Value;

    public ModelId Served => served;

    public BatchKey Key { get; } = BatchKey.Of(view, served);

    public SeenState State { get; set; }

    /// <summary>When it came into the queue first.</summary>
    public Instant Queued { get; set; }

    /// <summary>Past it a job that never ran is refused.</summary>
    public Instant LastUse { get; set; }

    /// <summary>When its check must have answered, or its backoff ends.</summary>
    public Instant Due { get; set; }

    /// <summary>What the event under way must bring for it; null = nothing.</summary>
    public string? Verdict { get; set; }

    public int Starts { get; set; }

    public int FailedLoads { get; set; }

    /// <summary>Starts that ended by nobody's failure.</summary>
    public int Interruptions { get; set; }

    /// <summary>Times that it gave way.</summary>
    public int Preemptions { get; set; }

    /// <summary>Denoise steps that are kept of it.</summary>
    public int FromStep { get; set; }

    public bool Alone { get; set; }

    public BatchId Batch { get; set; }

    /// <summary>Jobs of its last batch.</summary>
    public int BatchSize { get; set; }

    public bool IsPending => State is SeenState.Checking or SeenState.Waiting or SeenState.BackingOff;

    public bool IsChecked => State is SeenState.Checking or SeenState.CheckingClip && Verdict is null;
}

/// <summary>A batch that runs, or lies between two replicas of a pipeline.</summary>
internal sealed class SeenBatch(BatchId id, BatchKey key, List<SeenJob> jobs)
{
    public BatchId Id => id;

    public BatchKey Key => key;

    /// <summary>As started.</summary>
    public List<SeenJob> Jobs => jobs;

    public Stage Stage { get; set; }

    public bool Between { get; set; }

    /// <summary>Denoise steps that are kept of it.</summary>
    public int Checkpoint { get; set; }

    public bool GivesWay { get; set; }
}
