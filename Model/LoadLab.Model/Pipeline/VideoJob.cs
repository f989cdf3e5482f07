namespace LoadLab.Model.Pipeline;

/// <summary>One clip to make.</summary>
public sealed record VideoJob(string Prompt, ulong Seed)
{
    /// <summary>Absent or empty: the model's own negative prompt, as the reference does.</summary>
    public string? NegativePrompt { get; init; }

    /// <summary>Guidance scale; the model's default when absent. 1 means no guidance: one forward per step instead of two.</summary>
    public float? Guidance { get; init; }

    /// <summary>Scale of the high-noise expert of a two-expert model; <see cref="Guidance"/> or the model's default when absent.</summary>
    public float? HighNoiseGuidance { get; init; }
}
