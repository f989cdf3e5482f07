using LoadLab.Core;

namespace LoadLab.Serving;

/// <summary>
/// What a policy sees of a job. Never what is true of it (its service time, the arrivals after it): those live in the host's job store.
/// </summary>
public sealed record JobView
{
    public required JobId Id { get; init; }

    /// <summary>When the server received it.</summary>
    public required Instant Received { get; init; }

    public required ModelId Model { get; init; }

    public required int Width { get; init; }

    public required int Height { get; init; }

    public required int Frames { get; init; }

    public required int Steps { get; init; }

    /// <summary>Whether each denoise step runs a second, unconditional forward.</summary>
    public bool Guided { get; init; } = true;

    /// <summary>Quality level; empty = the model's own. Jobs of different levels cannot share a batch.</summary>
    public string Quality { get; init; } = "";

    /// <summary>Whether the lighter model of the recovery options accepts this job's shape; false keeps it from serving the job.</summary>
    public bool FitsFallback { get; init; } = true;

    public string Tier { get; init; } = "";

    public string Tenant { get; init; } = "";

    /// <summary>Past this instant the answer is of no use.</summary>
    public Instant? Deadline { get; init; }

    public string PromptHash { get; init; } = "";
}
