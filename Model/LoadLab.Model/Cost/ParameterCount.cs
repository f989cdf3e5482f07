using LoadLab.Model.Pipeline;
using LoadLab.Model.Vae;
using LoadLab.Model.Weights;

namespace LoadLab.Model.Cost;

/// <summary>Parameters of a model's parts. Times <see cref="Tensors.ElementTypes.Bytes"/> they are a checkpoint's bytes; what an engine holds is <see cref="WeightMemory"/>.</summary>
/// <param name="Transformer">One expert.</param>
/// <param name="Experts">1 or 2.</param>
/// <param name="TextEncoder">The whole encoder.</param>
/// <param name="TextEmbedding">Its embedding table, a lookup without arithmetic.</param>
/// <param name="VaeDecoder">What text to video uses.</param>
/// <param name="VaeEncoder">What it does not use; checkpoints carry it.</param>
public sealed record ParameterCount(long Transformer, int Experts, long TextEncoder, long TextEmbedding, long VaeDecoder, long VaeEncoder)
{
    /// <summary>The encoder's channels at full resolution, by version: Wan2.2 wan/modules/vae2_1.py, vae2_2.py.</summary>
    private const int EncoderBase21 = 96;
    private const int EncoderBase22 = 160;

    public long Transformers => Transformer * Experts;

    public long Vae => VaeDecoder + VaeEncoder;

    /// <summary>All that text to video loads.</summary>
    public long Loaded => TextEncoder + Transformers + VaeDecoder;

    /// <summary>Of a model; the VAE's encoder with the published base widths.</summary>
    public static ParameterCount Of(WanModelSpec model)
    {
        var text = model.TextEncoder;
        return new ParameterCount(
            Count(model.Transformer.Tensors()),
            model.ExpertBoundary is null ? 1 : 2,
            Count(text.Tensors()),
            (long)text.VocabularySize * text.Dim,
            Count(model.Vae.Tensors()),
            EncoderParameters(model.Vae, model.Vae.Version == VaeVersion.Wan22 ? EncoderBase22 : EncoderBase21));
    }

    private static long Count(IEnumerable<TensorSpec> specs) => specs.Sum(WeightMemory.Values);

    // Mirrors the decoder: convolution in; per stage residual blocks, then halving in space (a 3x3) and perhaps in time (a 3x1x1); middle; head; conv1 on mean and deviation.
    private static long EncoderParameters(VaeConfig vae, int baseDim)
    {
        var moments = 2L * vae.LatentChannels;
        long width = baseDim;
        var sum = Convolution(width, vae.OutputChannels, 27);
        for (var i = 0; i < vae.Multipliers.Count; i++)
        {
            var output = (long)baseDim * vae.Multipliers[i];
            sum += Residual(width, output) + ((vae.ResidualBlocks - 1) * Residual(output, output));
            width = output;
            if (i < vae.TemporalDownsample.Count)
            {
                sum += Convolution(width, width, 9) + (vae.TemporalDownsample[i] ? Convolution(width, width, 3) : 0);
            }
        }

        var attention = width + Convolution(3 * width, width, 1) + Convolution(width, width, 1);
        return sum + (2 * Residual(width, width)) + attention + width + Convolution(moments, width, 27) + Convolution(moments, moments, 1);
    }

    private static long Residual(long input, long output) =>
        input + Convolution(output, input, 27) + output + Convolution(output, output, 27) + (input == output ? 0 : Convolution(output, input, 1));

    private static long Convolution(long output, long input, long taps) => (output * input * taps) + output;
}
