namespace LoadLab.Serving.Dispatch;

internal enum ReplicaPhase
{
    /// <summary>Asked for.</summary>
    Ordered,

    /// <summary>Exists and costs money, does not take work yet.</summary>
    Starting,
    Free,
    Loading,
    Unloading,
    Busy,
}

/// <summary>What the core knows of one replica.</summary>
internal sealed class ReplicaState(ReplicaId id)
{
    public ReplicaId Id { get; } = id;

    public ReplicaPhase Phase { get; set; } = ReplicaPhase.Ordered;

    /// <summary>The model loaded, or being loaded while <see cref="ReplicaPhase.Loading"/>.</summary>
    public ModelId? Model { get; set; }

    /// <summary>The model to load when the unloading of another ends.</summary>
    public ModelId? Next { get; set; }

    /// <summary>The waiting job that a load is for; null for a preload.</summary>
    public JobId? LoadsFor { get; set; }

    public BatchId Batch { get; set; }

    public IReadOnlyList<JobId> Jobs { get; set; } = [];

    /// <summary>Told to go.</summary>
    public bool Released { get; set; }

    public bool Exists => Phase != ReplicaPhase.Ordered;

    public bool WasReady => Phase > ReplicaPhase.Starting;

    public bool TakesWork => Phase == ReplicaPhase.Free && !Released;
}
