using LoadLab.Model.Server.Replicas;
using LoadLab.Serving;
using LoadLab.Serving.Safety;

namespace LoadLab.Model.Server.Jobs;

/// <summary>A job as seen at one instant.</summary>
internal sealed record JobSnapshot
{
    public required JobId Id { get; init; }

    /// <summary>The id clients use.</summary>
    public required string Name { get; init; }

    /// <summary>The model asked for.</summary>
    public required ModelId Model { get; init; }

    public required VideoTask Task { get; init; }

    /// <summary>The model that serves it: under overload a lighter one than was asked for.</summary>
    public ModelId ServedModel => Task.Model;

    public required JobStatus Status { get; init; }

    /// <summary>Denoise steps done.</summary>
    public required int Step { get; init; }

    public BatchId? Batch { get; init; }

    public int? BatchSize { get; init; }

    public ReplicaId? Replica { get; init; }

    public required int Attempts { get; init; }

    public required JobClocks Clocks { get; init; }

    /// <summary>The check whose answer it waits for.</summary>
    public SafetyPhase? Checked { get; init; }

    /// <summary>The serving core's reason why it did not complete: expired, overload, content-before, content-after, cancelled, out-of-memory, error and others.</summary>
    public string? ErrorCode { get; init; }

    public string? ErrorMessage { get; init; }

    public bool Ended => Status is JobStatus.Completed or JobStatus.Failed or JobStatus.Cancelled;

    /// <summary>0 to 100; 100 only when completed.</summary>
    public int Progress => Status == JobStatus.Completed ? 100 : Checked == SafetyPhase.After ? 99 : Math.Min(99, 100 * Step / (Task.Shape.Steps + 1));
}
