using LoadLab.Model.Pipeline;
using LoadLab.Tensors;

namespace LoadLab.Model.Cost;

/// <summary>
/// Arithmetic of a job, a multiply-add counted as two operations (FLOP). Padding rows of the text are counted as the full models run them, one by one.
/// Counts products only, which is nearly everything; norms, activations and softmax are left out.
/// </summary>
public static class WanCost
{
    /// <summary>One transformer forward of one latent, part by part.</summary>
    public static ForwardCost Forward(WanModelSpec model, JobShape shape) => ForwardCost.Of(model.Transformer, model.Tokens(shape));

    /// <summary>One transformer forward of one latent, its text not included.</summary>
    public static double ForwardFlops(WanModelSpec model, JobShape shape) => Forward(model, shape).PerStep;

    /// <summary>Text MLP, keys and values of one prompt. Done once per prompt here, once per forward in the reference.</summary>
    public static double TextFlops(WanModelSpec model) => ForwardCost.Of(model.Transformer, tokens: 0).PerPrompt;

    /// <summary>What the reference adds to a forward by evaluating the time path for every token.</summary>
    public static double PerTokenTimeFlops(WanModelSpec model, JobShape shape) => Forward(model, shape).Time * model.Tokens(shape);

    /// <summary>All steps as this engine runs them; two forwards per step and two prompts with guidance.</summary>
    public static double DenoiseFlops(WanModelSpec model, JobShape shape, bool isGuided)
    {
        var forward = Forward(model, shape);
        return ((forward.PerStep * shape.Steps) + forward.PerPrompt) * (isGuided ? 2 : 1);
    }

    /// <summary>All steps with the text computed in every forward, as the reference does.</summary>
    public static double ReferenceDenoiseFlops(WanModelSpec model, JobShape shape, bool isGuided) =>
        Forward(model, shape).Total * shape.Steps * (isGuided ? 2 : 1);

    /// <summary>The VAE decoder's convolutions over all frames; its middle attention is <see cref="DecodeAttentionFlops"/>, a thousandth to a hundredth of it.</summary>
    public static double DecodeFlops(WanModelSpec model, JobShape shape) => VaeCost.ConvolutionFlops(model.Vae, model.Grid(shape));

    /// <summary>Logits and mixing of the VAE's middle attention over all latent frames.</summary>
    public static double DecodeAttentionFlops(WanModelSpec model, JobShape shape) => VaeCost.AttentionFlops(model.Vae, model.Grid(shape));

    /// <summary>The text encoder per real token: two for each parameter that is not of the embedding.</summary>
    public static double EncodeFlopsPerToken(WanModelSpec model)
    {
        var count = ParameterCount.Of(model);
        return 2.0 * (count.TextEncoder - count.TextEmbedding);
    }

    /// <summary>Bytes of all parameters in one type: text encoder, transformer or both experts, VAE decoder.</summary>
    public static long WeightBytes(WanModelSpec model, ElementType type = ElementType.Float32) => ParameterCount.Of(model).Loaded * type.Bytes();
}
