using LoadLab.Model.Diffusion;
using LoadLab.Model.Sampling;
using LoadLab.Model.TextEncoder;
using LoadLab.Model.Vae;

namespace LoadLab.Model.Pipeline;

/// <summary>A model by name: its networks' dimensions, what it accepts and its defaults.</summary>
public sealed record WanModelSpec
{
    public required string Name { get; init; }

    public required UmT5Config TextEncoder { get; init; }

    public required DitConfig Transformer { get; init; }

    public required VaeConfig Vae { get; init; }

    public required LatentStatistics Statistics { get; init; }

    public required AcceptedShapes Shapes { get; init; }

    /// <summary>The shape a request without one gets.</summary>
    public required JobShape Native { get; init; }

    public required double Shift { get; init; }

    /// <summary>Scale per expert, (low, high) for two experts.</summary>
    public required IReadOnlyList<float> Guidance { get; init; }

    /// <summary>Two experts switch at timestep boundary * 1000; null for one transformer.</summary>
    public double? ExpertBoundary { get; init; }

    public required int FramesPerSecond { get; init; }

    public SolverKind Solver { get; init; } = SolverKind.UniPc;

    /// <summary>Weights are made from a seed and the small tokenizer serves; otherwise both come with the checkpoint.</summary>
    public required bool IsSeeded { get; init; }

    /// <summary>Patch tokens of one latent.</summary>
    public int Tokens(JobShape shape) => Grid(shape).Patches(Transformer).Positions;

    /// <summary>Values of one latent [C, T, H, W].</summary>
    public int LatentCount(JobShape shape) => checked(Vae.LatentChannels * Grid(shape).Positions);

    internal LatentGrid Grid(JobShape shape) =>
        new(((shape.Frames - 1) / Vae.TemporalStride) + 1, shape.Height / Vae.SpatialStride, shape.Width / Vae.SpatialStride);
}
