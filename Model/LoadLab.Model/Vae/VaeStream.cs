using System.Buffers;

namespace LoadLab.Model.Vae;

/// <summary>Decodes the latent frames of one video in order, keeping the causal cache between them.</summary>
internal sealed class VaeStream(VaeDecoder decoder, int height, int width) : IDisposable
{
    private readonly FrameCache _cache = new();
    private float[] _values = [];
    private float[] _pixels = [];

    /// <summary>
    /// Frame <paramref name="index"/> of a normalised latent [C, T, H, W] to unclamped RGB, values [T', H', W', 3] in about [-1, 1], which last until the next call.
    /// Frames are given in order; T' is 1 for the first and the temporal stride for the others.
    /// </summary>
    public ReadOnlySpan<float> Next(ReadOnlySpan<float> latent, int index, IProbe? probe = null)
    {
        using var frame = decoder.FrameFromHost(Denormalise(latent, index), height, width);
        using var output = decoder.DecodeChunk(frame, _cache, probe);
        var count = checked((int)output.Shape.Count);
        Reserve(ref _values, count);
        Reserve(ref _pixels, count);
        decoder.ToHost(output, _values.AsSpan(0, count));
        Unpatch(_values, _pixels, output.Shape[1] * output.Shape[2], output.Shape[3]);
        return _pixels.AsSpan(0, count);
    }

    public void Dispose()
    {
        _cache.Dispose();
        Release(ref _values);
        Release(ref _pixels);
    }

    // Frames are too large for arrays that live for one chunk: each would be cleared, and would bring the next full collection nearer.
    private static void Reserve(ref float[] buffer, int count)
    {
        if (buffer.Length < count)
        {
            Release(ref buffer);
            buffer = ArrayPool<float>.Shared.Rent(count);
        }
    }

    private static void Release(ref float[] buffer)
    {
        if (buffer.Length > 0)
        {
            ArrayPool<float>.Shared.Return(buffer);
            buffer = [];
        }
    }

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
    private void Unpatch(float[] values, float[] pixels, int rows, int columns)
    {
        var (patch, channels) = (decoder.Config.PixelPatch, decoder.Config.OutputChannels);
        var at = 0;
        for (var row = 0; row < rows; row++)
        {
            for (var q = 0; q < patch; q++)
            {
                for (var column = 0; column < columns; column++)
                {
                    for (var r = 0; r < patch; r++)
                    {
                        var from = (row * columns + column) * channels + r * patch + q;
                        pixels[at++] = values[from];
                        pixels[at++] = values[from + patch * patch];
                        pixels[at++] = values[from + 2 * patch * patch];
                    }
                }
            }
        }
    }
}
