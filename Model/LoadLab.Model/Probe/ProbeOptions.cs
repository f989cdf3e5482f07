using LoadLab.Model.Pipeline;
using LoadLab.Tensors;

namespace LoadLab.Model.Probe;

/// <summary>What is probed, and for how long.</summary>
public sealed record ProbeOptions
{
    /// <summary>Of every clip, its steps included.</summary>
    public required JobShape Shape { get; init; }

    /// <summary>Jobs that share a step.</summary>
    public int Batch { get; init; } = 1;

    /// <summary>Of the steady state; the other phases are shares of it.</summary>
    public required TimeSpan Steady { get; init; }

    /// <summary>Of the transformer that was loaded: the reference kernel computes in it too.</summary>
    public ElementType WeightType { get; init; } = ElementType.Float32;

    /// <summary>A GPU's clock is its own: its steps are judged by themselves, not against the kernel's variation.</summary>
    public bool OnGpu { get; init; }

    /// <summary>A fifth of the steady state, from 1 to 30 s.</summary>
    internal TimeSpan WarmUp => Part(0.2, 30);

    /// <summary>As long as the steady state, from 1 s to 5 min: to tell 1 % takes some thousand rounds.</summary>
    internal TimeSpan Prompts => Part(1, 300);

    private TimeSpan Part(double share, double mostSeconds) => TimeSpan.FromSeconds(Math.Clamp(Steady.TotalSeconds * share, 1, mostSeconds));
}
