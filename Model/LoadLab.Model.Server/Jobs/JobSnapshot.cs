using LoadLab.Model.Server.Replicas;
using LoadLab.Serving;

namespace LoadLab.Model.Server.Jobs;

/// <summary>A job as seen at one instant.</summary>
internal sealed record JobSnapshot
{
    public required JobId Id { get; init; }

    /// <summary>The id clients use.</summary>
    public required string Name { get; init; }

    public required VideoTask Task { get; init; }

    public required JobStatus Status { get; init; }

    /// <summary>Denoise steps done.</summary>
    public required int Step { get; init; }

    public BatchId? Batch { get; init; }

    public int? BatchSize { get; init; }

    public ReplicaId? Replica { get; init; }

    public required int Attempts { get; init; }

    public required JobClocks Clocks { get; init; }

    /// <summary>Why it did not complete: expired, quota, overload, content, cancelled, out-of-memory, error and others.</summary>
    public string? ErrorCode { get; init; }

    public string? ErrorMessage { get; init; }

    public bool Ended => Status is JobStatus.Completed or JobStatus.Failed or JobStatus.Cancelled;

    /// <summary>0 to 100; 100 only when completed.</summary>
    public int Progress => Status == JobStatus.Completed ? 100 : Math.Min(99, 100 * Step / (Task.Shape.Steps + 1));
}
