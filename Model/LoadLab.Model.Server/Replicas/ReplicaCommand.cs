using LoadLab.Serving;

namespace LoadLab.Model.Server.Replicas;

/// <summary>What a replica's thread is asked to do, in order.</summary>
internal abstract record ReplicaCommand
{
    private ReplicaCommand()
    {
    }

    public sealed record Load(ModelId Model) : ReplicaCommand;

    public sealed record Unload(ModelId Model) : ReplicaCommand;

    public sealed record Start(BatchId Batch, Stage Stage, int FromStep, IReadOnlyList<JobId> Jobs) : ReplicaCommand;

    public sealed record Leave(string Cause) : ReplicaCommand;
}
