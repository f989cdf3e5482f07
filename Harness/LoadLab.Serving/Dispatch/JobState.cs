namespace LoadLab.Serving.Dispatch;

/// <summary>What the core knows of one job that has not ended.</summary>
internal sealed class JobState(JobView view)
{
    public JobView View { get; } = view;

    /// <summary>Its place in the queue; null when it runs.</summary>
    public LinkedListNode<JobState>? Waiting { get; set; }

    /// <summary>The replica and batch that run it.</summary>
    public (ReplicaId Replica, BatchId Batch)? Runs { get; set; }
}
