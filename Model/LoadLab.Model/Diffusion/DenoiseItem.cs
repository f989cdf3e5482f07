using LoadLab.Model.Sampling;

namespace LoadLab.Model.Diffusion;

/// <summary>One latent being denoised. Contexts are (n, text dim) values; Negative is null without guidance. Guidance holds one scale per expert, (low, high) for two.</summary>
internal sealed class DenoiseItem(float[] positive, float[]? negative, IReadOnlyList<float> guidance, float[] latent, FlowSolver solver)
{
    public float[] Positive { get; } = positive;

    public float[]? Negative { get; } = negative;

    public IReadOnlyList<float> Guidance { get; } = guidance;

    /// <summary>[C, T, H, W], changed by every step.</summary>
    public float[] Latent { get; } = latent;

    public FlowSolver Solver { get; } = solver;
}
