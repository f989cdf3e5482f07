using System.Globalization;
using LoadLab.Model.Diffusion;
using LoadLab.Model.Sampling;
using LoadLab.Model.TextEncoder;
using LoadLab.Model.Vae;

namespace LoadLab.Model.Pipeline;

/// <summary>A model by name: its networks' dimensions, what it accepts and its defaults.</summary>
public sealed record WanModelSpec
{
    private const int MaxGuidance = 30;
    private const int MaxPromptLength = 100_000;

    public required string Name { get; init; }

    public required UmT5Config TextEncoder { get; init; }

    public required DitConfig Transformer { get; init; }

    public required VaeConfig Vae { get; init; }

    public required LatentStatistics Statistics { get; init; }

    public required AcceptedShapes Shapes { get; init; }

    /// <summary>The shape a request without one gets.</summary>
    public required JobShape Native { get; init; }

    /// <summary>The shape that the level preview gives instead: about two fifths of the pixels, as 480p has of 720p, as many frames and half of the steps.</summary>
    public required JobShape Preview { get; init; }

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

    /// <summary>Every field of a job that this model does not accept; empty when the job is.</summary>
    public IReadOnlyList<ShapeProblem> Check(JobShape shape, VideoJob job)
    {
        var problems = new List<ShapeProblem>(Shapes.Check(shape));
        AddGuidance(problems, "guidance", job.Guidance);
        AddGuidance(problems, "high-noise guidance", job.HighNoiseGuidance);
        if (job.Prompt.Length > MaxPromptLength || job.NegativePrompt?.Length > MaxPromptLength)
        {
            problems.Add(new ShapeProblem("prompt", $"{Math.Max(job.Prompt.Length, job.NegativePrompt?.Length ?? 0)} characters long", $"at most {MaxPromptLength}"));
        }

        return problems;
    }

    /// <summary>Scale per expert that a job gets, in the order of <see cref="Guidance"/>.</summary>
    public IReadOnlyList<float> Scales(VideoJob job)
    {
        var low = job.Guidance ?? Guidance[0];
        return Guidance.Count == 1 ? [low] : [low, job.HighNoiseGuidance ?? job.Guidance ?? Guidance[1]];
    }

    /// <summary>Whether a job runs two forwards per step. Guided and unguided jobs do not share a batch.</summary>
    public bool IsGuided(VideoJob job) => Scales(job).Any(scale => scale != 1);

    internal LatentGrid Grid(JobShape shape) =>
        new(((shape.Frames - 1) / Vae.TemporalStride) + 1, shape.Height / Vae.SpatialStride, shape.Width / Vae.SpatialStride);

    private static void AddGuidance(List<ShapeProblem> problems, string field, float? scale)
    {
        if (scale is { } value && !(value >= 1 && value <= MaxGuidance))
        {
            problems.Add(new ShapeProblem(field, value.ToString(CultureInfo.InvariantCulture), $"1 (none) to {MaxGuidance}"));
        }
    }
}
