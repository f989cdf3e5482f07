using LoadLab.Model.Diffusion;

namespace LoadLab.Model.Cost;

/// <summary>
/// Products of one transformer forward of one latent, in FLOP, a multiply-add counted as two. L tokens, S text rows, d width, F ffn width, N layers. Norms,
/// activations and softmax are left out: they are below a hundredth.
/// </summary>
/// <param name="SelfAttention">N 4 L^2 d: logits and mixing.</param>
/// <param name="SelfProjections">N 8 L d^2: q, k, v, o.</param>
/// <param name="CrossProjections">N 4 L d^2: q, o.</param>
/// <param name="CrossKeysValues">N 4 S d^2: of the text; the same at every step of a prompt.</param>
/// <param name="CrossAttention">N 4 L S d.</param>
/// <param name="FeedForward">N 4 L d F.</param>
/// <param name="Ends">2 L d p (Cin + Cout), p the patch volume: patch embedding and head.</param>
/// <param name="TextMlp">2 S (t d + d^2), t the text width; the same at every step of a prompt.</param>
/// <param name="Time">2 (q d + 7 d^2), q the sinusoid's width: once for all tokens, which share their timestep.</param>
public sealed record ForwardCost(
    double SelfAttention,
    double SelfProjections,
    double CrossProjections,
    double CrossKeysValues,
    double CrossAttention,
    double FeedForward,
    double Ends,
    double TextMlp,
    double Time)
{
    /// <summary>Everything, the text included: what the reference repeats at every step.</summary>
    public double Total => PerStep + PerPrompt;

    /// <summary>What depends on the latent: repeated at every step.</summary>
    public double PerStep => SelfAttention + SelfProjections + CrossProjections + CrossAttention + FeedForward + Ends + Time;

    /// <summary>What depends on the prompt alone: done once per prompt here.</summary>
    public double PerPrompt => CrossKeysValues + TextMlp;

    /// <summary>Of one latent of so many tokens.</summary>
    public static ForwardCost Of(DitConfig config, double tokens)
    {
        double d = config.Dim;
        double s = config.TextLength;
        double n = config.Layers;
        return new ForwardCost(
            SelfAttention: n * 4 * tokens * tokens * d,
            SelfProjections: n * 8 * tokens * d * d,
            CrossProjections: n * 4 * tokens * d * d,
            CrossKeysValues: n * 4 * s * d * d,
            CrossAttention: n * 4 * tokens * s * d,
            FeedForward: n * 4 * tokens * d * config.FfnDim,
            Ends: 2 * tokens * d * config.PatchVolume * (config.InChannels + config.OutChannels),
            TextMlp: 2 * s * ((config.TextDim * d) + (d * d)),
            Time: 2 * ((config.FreqDim * d) + (7 * d * d)));
    }
}
