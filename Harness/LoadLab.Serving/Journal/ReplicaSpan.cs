using LoadLab.Core;

namespace LoadLab.Serving.Journal;

/// <summary>A time that a replica spent on one thing.</summary>
public readonly record struct ReplicaSpan(ReplicaId Replica, Instant From, Instant To)
{
    public Duration Length => To - From;
}
