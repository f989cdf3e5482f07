using LoadLab.Model.Diffusion;
using LoadLab.Model.Vae;
using LoadLab.Tensors;

namespace LoadLab.Model.Cost;

/// <summary>
/// The VAE decoder's bytes: weights, and what lives at the peak of decoding a latent frame by frame. From the third latent frame on every frame is like the one
/// before, so three are walked; the clip's length does not matter beyond that. Live: the last two input frames of every causal convolution (the frame cache); the
/// latent frame, conv2's and conv1's outputs to the end of a frame; then stage by stage what <see cref="VaeWalk"/> holds.
/// </summary>
internal sealed class VaeMemory(EngineMemory engine, VaeConfig config, ElementType type)
{
    public long Weights { get; } = WeightMemory.Bytes(engine, config.Tensors(), type);

    /// <summary>Above the weights.</summary>
    public long Working(LatentGrid latent)
    {
        var walk = new VaeWalk(engine, config, type, latent.Height, latent.Width);
        for (var chunk = 0; chunk < Math.Min(latent.Frames, 3); chunk++)
        {
            walk.Frame();
        }

        return walk.PeakBytes;
    }
}
