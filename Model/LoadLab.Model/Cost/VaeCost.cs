using LoadLab.Model.Diffusion;
using LoadLab.Model.Vae;

namespace LoadLab.Model.Cost;

/// <summary>Products of a VAE's decoder, in FLOP, and the size of what it passes on. A multiply-add is two.</summary>
public static class VaeCost
{
    private const int Taps = 27;
    private const int PlaneTaps = 9;
    private const int TimeTaps = 3;

    /// <summary>Convolutions per pixel of one latent frame. The first frame skips the time convolutions and stays one frame; a later one becomes four.</summary>
    public static double FlopsPerLatentPixel(VaeConfig vae, bool isFirst)
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
                sum += frames * area * TimeTaps * stage.Output * 2 * stage.Output;
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

    /// <summary>Convolutions of a whole latent.</summary>
    internal static double ConvolutionFlops(VaeConfig vae, LatentGrid latent)
    {
        var later = FlopsPerLatentPixel(vae, isFirst: false) * (latent.Frames - 1);
        return (double)latent.Height * latent.Width * (FlopsPerLatentPixel(vae, isFirst: true) + later);
    }

    /// <summary>T 4 (H W)^2 C: logits and mixing of the middle block's attention, frame by frame.</summary>
    internal static double AttentionFlops(VaeConfig vae, LatentGrid latent)
    {
        var positions = (double)latent.Height * latent.Width;
        return latent.Frames * 4 * positions * positions * vae.TopDim;
    }

    /// <summary>
    /// Values of the largest layer output while a later latent frame is decoded: the pixels a stage has duplicated before its convolution, or the last stage's
    /// input. Independent of the clip's length.
    /// </summary>
    internal static long LargestOutput(VaeConfig vae, LatentGrid latent)
    {
        var positions = (long)latent.Height * latent.Width;
        var largest = positions * vae.TopDim;
        foreach (var stage in vae.Stages())
        {
            positions *= (stage.UpsamplesTime ? 2 : 1) * (stage.Upsamples ? 4 : 1);
            largest = Math.Max(largest, positions * stage.Output);
        }

        return largest;
    }

    private static double Blocks(VaeConfig vae, VaeStage stage)
    {
        double first = stage.Input;
        double rest = stage.Output;
        var shortcut = stage.Input == stage.Output ? 0 : first * rest;
        return (Taps * ((first * rest) + (rest * rest))) + shortcut + (vae.ResidualBlocks * 2 * Taps * rest * rest);
    }
}
