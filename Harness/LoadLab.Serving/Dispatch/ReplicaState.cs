using LoadLab.Core;
using LoadLab.Serving.Placement;

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
internal sealed class ReplicaState(ReplicaId id, ReplicaGroup group)
{
    public ReplicaId Id => id;

    public ReplicaGroup Group => group;

    public ReplicaPhase Phase { get; set; } = ReplicaPhase.Ordered;

    /// <summary>Since when it is in its phase.</summary>
    public Instant Since { get; set; }

    /// <summary>The model loaded, or being loaded while <see cref="ReplicaPhase.Loading"/>.</summary>
    public ModelId? Model { get; set; }

    /// <summary>The model to load when the unloading of another ends.</summary>
    public ModelId? Next { get; set; }

    /// <summary>The waiting job that a load is for; null for a preload.</summary>
    public JobId? LoadsFor { get; set; }

    /// <summary>Whether the load under way is a ping of the model that it has.</summary>
    public bool Pings { get; set; }

    /// <summary>When it last ran a batch or got its model.</summary>
    public Instant Used { get; set; }

    /// <summary>When its last ping since then ended; null = none.</summary>
    public Instant? Pinged { get; set; }

    /// <summary>What it runs; null when it runs nothing.</summary>
    public BatchState? Batch { get; set; }

    /// <summary>Busy time of the batches that ended.</summary>
    public Duration Busy { get; set; }

    /// <summary>Its memory free when it was last seen; null = not known.</summary>
    public long? FreeBytes { get; set; }

    /// <summary>Told to go.</summary>
    public bool Released { get; set; }

    /// <summary>Broken, and under repair.</summary>
    public bool Down { get; set; }

    public bool Exists => Phase != ReplicaPhase.Ordered;

    public bool WasReady => Phase > ReplicaPhase.Starting;

    public bool TakesWork => Phase == ReplicaPhase.Free && !Released && !Down;
}
