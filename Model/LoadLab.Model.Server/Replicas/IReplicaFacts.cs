using LoadLab.Serving;

namespace LoadLab.Model.Server.Replicas;

/// <summary>What metrics and samples show of one replica, real or emulated, in this process or in another. Every member can be read by any thread at any time.</summary>
internal interface IReplicaFacts
{
    ReplicaId Id { get; }

    ReplicaKind Kind { get; }

    /// <summary>Whether it takes work.</summary>
    bool IsReady { get; }

    /// <summary>Zero before it is ready.</summary>
    WorkerMemory Memory { get; }

    /// <summary>Seconds spent in batches, the running one included.</summary>
    double BusySeconds { get; }

    /// <summary>Seconds since it was provisioned.</summary>
    double AgeSeconds { get; }

    /// <summary>The processors its threads keep to, in words; empty when it has none of its own.</summary>
    string Affinity => "";
}
