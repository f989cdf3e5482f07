using LoadLab.Model.Pipeline;
using LoadLab.Model.Vae;
using LoadLab.Model.Weights;

namespace LoadLab.Model.Cost;

/// <summary>
/// Arithmetic of a job, a multiply-add counted as two operations (FLOP). Padding rows of the text are counted as the full models run them, one by one.
/// Counts products only, which is nearly everything; norms, activations and softmax are left out.
/// </summary>
public static class WanCost
{
    private const int Taps = 27;
    private const int PlaneTaps = 9;

    /// <summary>
    /// One transformer forward of one latent, its text not included:
    /// N (8 L d^2 + 4 L^2 d + 4 L d^2 + 4 L S d + 4 L d F) + 2 L d p (Cin + Cout) + 2 (q d + 7 d^2),
    /// L tokens, S text rows, F ffn width, p patch volume, q sinusoid width.
    /// </summary>
    public static double ForwardFlops(WanModelSpec model, JobShape shape)
    {
        var c = model.Transformer;
        double l = model.Tokens(shape);
        double d = c.Dim;
        var block = (12 * l * d * d) + (4 * l * l * d) + (4 * l * c.TextLength * d) + (4 * l * d * c.FfnDim);
        var ends = 2 * l * d * c.PatchVolume * (c.InChannels + c.OutChannels);
        return (c.Layers * block) + ends + (2 * ((c.FreqDim * d) + (7 * d * d)));
    }

    /// <summary>Text MLP, keys and values of one prompt: 2 S (t d + d^2) + N 4 S d^2, t the text width. Done once per prompt here, once per forward in the reference.</summary>
    public static double TextFlops(WanModelSpec model)
    {
        var c = model.Transformer;
        double d = c.Dim;
        return c.TextLength * ((2 * ((c.TextDim * d) + (d * d))) + (4 * c.Layers * d * d));
    }

    /// <summary>All steps; two forwards per step and two prompts with guidance.</summary>
    public static double DenoiseFlops(WanModelSpec model, JobShape shape, bool isGuided) =>
        ((ForwardFlops(model, shape) * shape.Steps) + TextFlops(model)) * (isGuided ? 2 : 1);

    /// <summary>The VAE decoder's convolutions over all frames; the products inside its middle attention are left out (a thousandth).</summary>
    public static double DecodeFlops(WanModelSpec model, JobShape shape)
    {
        var grid = model.Grid(shape);
        var area = (double)grid.Height * grid.Width;
        var perFirst = PixelFlops(model.Vae, isFirst: true);
        var perLater = PixelFlops(model.Vae, isFirst: false);
        return area * (perFirst + (perLater * (grid.Frames - 1)));
    }

    /// <summary>Bytes of all weights as this build holds them, float32: text encoder, transformer or both experts, VAE decoder.</summary>
    public static long WeightBytes(WanModelSpec model)
    {
        var experts = model.ExpertBoundary is null ? 1 : 2;
        var values = Values(model.TextEncoder.Tensors()) + (experts * Values(model.Transformer.Tensors())) + Values(model.Vae.Tensors());
        return values * sizeof(float);
    }

    private static long Values(IEnumerable<TensorSpec> specs) => specs.Sum(spec => spec.Shape.Aggregate(1L, (count, extent) => count * extent));

    // Convolutions per pixel of one latent frame: the first one skips the time convolutions and stays one frame.
    private static double PixelFlops(VaeConfig vae, bool isFirst)
    {
        double latent = vae.LatentChannels;
        double top = vae.TopDim;

        // conv2; conv1; four convolutions of the middle blocks; the attention's four projections.
        var sum = (latent * latent) + (Taps * latent * top) + (4 * Taps * top * top) + (4 * top * top);
        var (frames, area) = (1.0, 1.0);
        foreach (var stage in vae.Stages())
        {
            sum += frames * area * Blocks(vae, stage);
            if (stage.UpsamplesTime && !isFirst)
            {
                sum += frames * area * 3 * stage.Output * 2 * stage.Output;
                frames *= 2;
            }

            if (stage.Upsamples)
            {
                area *= 4;
                sum += frames * area * PlaneTaps * stage.Output * vae.ResampledDim(stage);
            }
        }

        var head = (double)Taps * vae.BaseDim * vae.Multipliers[0] * vae.OutputChannels;
        return 2 * (sum + (frames * area * head));
    }

    private static double Blocks(VaeConfig vae, VaeStage stage)
    {
        double first = stage.Input;
        double rest = stage.Output;
        var shortcut = stage.Input == stage.Output ? 0 : first * rest;
        return (Taps * ((first * rest) + (rest * rest))) + shortcut + (vae.ResidualBlocks * 2 * Taps * rest * rest);
    }
}
