using LoadLab.Core;

namespace LoadLab.Model.Server.Jobs;

/// <summary>When a job reached each point, on the run's clock; null = not reached. Stage times are the ends of the stages.</summary>
internal sealed record JobClocks
{
    /// <summary>The request's body was read.</summary>
    public required Instant Received { get; init; }

    public Instant? Queued { get; init; }

    public Instant? Started { get; init; }

    public Instant? Text { get; init; }

    public Instant? Denoise { get; init; }

    public Instant? Decode { get; init; }

    /// <summary>The job ended, however it ended.</summary>
    public Instant? Completed { get; init; }
}
