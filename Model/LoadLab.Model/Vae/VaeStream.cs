namespace LoadLab.Model.Vae;

/// <summary>Decodes the latent frames of one video in order, keeping the causal cache between them.</summary>
internal sealed class VaeStream(VaeDecoder decoder, int height, int width) : IDisposable
{
    private readonly FrameCache _cache = new();

    /// <summary>
    /// Frame <paramref name="index"/> of a normalised latent [C, T, H, W] to unclamped RGB, values [T', H', W', 3] in about [-1, 1].
    /// Frames are given in order; T' is 1 for the first and the temporal stride for the others.
    /// </summary>
    public float[] Next(ReadOnlySpan<float> latent, int index, IProbe? probe = null)
    {
        using var frame = decoder.FrameFromHost(Denormalise(latent, index), height, width);
        using var output = decoder.DecodeChunk(frame, _cache, probe);
        return Unpatch(decoder.ToHost(output), output.Shape[1], output.Shape[2], output.Shape[3]);
    }

    public void Dispose() => _cache.Dispose();

    private float[] Denormalise(ReadOnlySpan<float> latent, int index)
    {
        var channels = decoder.Config.LatentChannels;
        var area = height * width;
        var frames = latent.Length / (channels * area);
        var result = new float[channels * area];
        for (var c = 0; c < channels; c++)
        {
            var source = latent.Slice(((c * frames) + index) * area, area);
            var (mean, deviation) = (decoder.Statistics.Mean[c], decoder.Statistics.Deviation[c]);
            for (var i = 0; i < area; i++)
            {
                result[(i * channels) + c] = (source[i] * deviation) + mean;
            }
        }

        return result;
    }

    // Channel c p p + r p + q of a position is colour c at column offset r and row offset q.
    private float[] Unpatch(float[] values, int frames, int rows, int columns)
    {
        var patch = decoder.Config.PixelPatch;
        var result = new float[values.Length];
        var at = 0;
        for (var t = 0; t < frames; t++)
        {
            for (var y = 0; y < rows * patch; y++)
            {
                for (var x = 0; x < columns * patch; x++)
                {
                    var position = ((((t * rows) + (y / patch)) * columns) + (x / patch)) * decoder.Config.OutputChannels;
                    var inside = ((x % patch) * patch) + (y % patch);
                    for (var c = 0; c < 3; c++)
                    {
                        result[at++] = values[position + (c * patch * patch) + inside];
                    }
                }
            }
        }

        return result;
    }
}
