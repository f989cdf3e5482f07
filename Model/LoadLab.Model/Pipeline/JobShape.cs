using LoadLab.Model.Sampling;

namespace LoadLab.Model.Pipeline;

/// <summary>What the jobs of one batch have in common. Width and height in pixels, frames 4n+1.</summary>
public sealed record JobShape(int Width, int Height, int Frames, int Steps)
{
    /// <summary>Solver and grid; the model's default when absent.</summary>
    public SolverKind? Solver { get; init; }

    /// <summary>The model's default when absent.</summary>
    public double? Shift { get; init; }
}
