namespace LoadLab.Core.Runs;

/// <summary>One planned call: a line of schedule.csv.gz. Index from 0 in order of intended time; ties keep their order.</summary>
public sealed record ScheduledCall
{
    public required int Index { get; init; }

    /// <summary>Zero in a closed loop, where the time comes from the calls before.</summary>
    public required Instant Intended { get; init; }

    /// <summary>In a closed loop: the pause that its user takes after its end. Null in an open load.</summary>
    public Duration? Think { get; init; }

    public string Tenant { get; init; } = "";

    public string Tier { get; init; } = "";

    public string Model { get; init; } = "";

    public int Width { get; init; }

    public int Height { get; init; }

    public int Frames { get; init; }

    public int Steps { get; init; }

    /// <summary>Guidance scale; null = the model's own.</summary>
    public double? Guidance { get; init; }

    /// <summary>Quality level; empty = the model's own.</summary>
    public string Quality { get; init; } = "";

    /// <summary>Seed of the noise of this call.</summary>
    public long CallSeed { get; init; }

    /// <summary>Longest useful latency, from the intended time.</summary>
    public Duration? Deadline { get; init; }

    /// <summary>After this long without an end the client cancels.</summary>
    public Duration? Patience { get; init; }

    /// <summary>Sixteen hex digits of the prompt's FNV-1a hash.</summary>
    public string PromptHash { get; init; } = "";
}
