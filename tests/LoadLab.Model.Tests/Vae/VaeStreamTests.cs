using LoadLab.Model.Nano;
using LoadLab.Model.Pipeline;
using LoadLab.Model.Sampling;
using LoadLab.Model.Vae;
using LoadLab.Model.Weights;

namespace LoadLab.Model.Tests.Vae;

public sealed class VaeStreamTests(SeededModels models)
{
    private const int Height = 2;
    private const int Width = 4;

    [Fact]
    public void Decoding_a_prefix_gives_the_prefix()
    {
        using var backend = TestBackend.Create();
        using var decoder = Decoder(backend);
        var latent = Noise(4);
        var whole = Decode(decoder, latent, 4);
        var prefix = Decode(decoder, Prefix(latent, 4, 2), 2);
        Assert.Equal(whole[..prefix.Length], prefix);
        Assert.Equal(13 * Height * 16 * Width * 16 * 3, whole.Length);
    }

    [Fact]
    public void First_latent_frame_is_one_image_and_later_ones_are_four()
    {
        using var backend = TestBackend.Create();
        using var decoder = Decoder(backend);
        using var stream = decoder.Open(Height, Width);
        var frame = Height * 16 * Width * 16 * 3;
        var latent = Noise(2);
        Assert.Equal(frame, stream.Next(latent, 0).Length);
        Assert.Equal(4 * frame, stream.Next(latent, 1).Length);
    }

    [Fact]
    public void Stream_memory_does_not_grow_with_length()
    {
        using var backend = TestBackend.Create();
        using var decoder = Decoder(backend);
        var latent = Noise(8);
        Decode(decoder, latent, 4);
        var peak = backend.Memory.PeakBytes;
        Decode(decoder, latent, 8);
        Assert.Equal(peak, backend.Memory.PeakBytes);
    }

    private VaeDecoder Decoder(LoadLab.Tensors.ITensorBackend backend)
    {
        var model = ModelCatalog.Ti2V5BPico;
        using var store = WeightStore.Open(SeededWeights.Ensure(model, models.Folder));
        return new VaeDecoder(backend, model.Vae, model.Statistics, store.View("vae/"));
    }

    private static float[] Noise(int frames)
    {
        var latent = new float[48 * frames * Height * Width];
        new TorchRandom(3).Normal(latent);
        return latent;
    }

    private static float[] Prefix(float[] latent, int frames, int kept)
    {
        var area = Height * Width;
        return [.. Enumerable.Range(0, 48).SelectMany(c => latent.AsSpan(c * frames * area, kept * area).ToArray())];
    }

    private static float[] Decode(VaeDecoder decoder, float[] latent, int frames)
    {
        using var stream = decoder.Open(Height, Width);
        return [.. Enumerable.Range(0, frames).SelectMany(index => stream.Next(latent, index).ToArray())];
    }
}
