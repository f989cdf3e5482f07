using LoadLab.Model.Vae;
using LoadLab.Tensors;

namespace LoadLab.Model.Verify;

/// <summary>vae21-*, vae22-*: one latent decoded frame by frame.</summary>
internal static class VaeCheck
{
    public static void Run(GoldenCase golden)
    {
        using var decoder = GoldenNetworks.OpenVae(golden, golden.Config, "");
        var shape = golden.InputShape("latent", 4);
        golden.Stated("latent", shape);
        var probe = new MidProbe(golden, (_, values, extents) => ChannelsFirst(values, extents[1], extents[2], extents[3], extents[4]));
        var video = Decode(decoder, golden.Input("latent"), shape, new JoinedFrames(probe, golden, shape));
        probe.Compare();
        golden.Output("video_raw", video);
        golden.Output("video", Clamp(video));
    }

    /// <summary>[C, T, H, W] to unclamped RGB [3, F, H', W'].</summary>
    public static float[] Decode(VaeDecoder decoder, float[] latent, IReadOnlyList<int> shape, IProbe? probe)
    {
        if (shape[0] != decoder.Config.LatentChannels)
        {
            throw new FormatException($"the latent has {shape[0]} channels, the configuration {decoder.Config.LatentChannels}");
        }

        using var stream = decoder.Open(shape[2], shape[3]);
        List<float> frames = [];
        for (var index = 0; index < shape[1]; index++)
        {
            frames.AddRange(stream.Next(latent, index, probe));
        }

        var stride = decoder.Config.SpatialStride;
        var (height, width) = (shape[2] * stride, shape[3] * stride);
        return ChannelsFirst([.. frames], frames.Count / (height * width * 3), height, width, 3);
    }

    public static float[] Clamp(float[] values) => Array.ConvertAll(values, value => Math.Clamp(value, -1f, 1f));

    private static float[] ChannelsFirst(float[] values, int frames, int height, int width, int channels)
    {
        var positions = frames * height * width;
        var result = new float[values.Length];
        for (var position = 0; position < positions; position++)
        {
            for (var c = 0; c < channels; c++)
            {
                result[(c * positions) + position] = values[(position * channels) + c];
            }
        }

        return result;
    }

    // conv2 runs frame by frame here and over the whole latent in the reference: its frames are joined before they are compared.
    private sealed class JoinedFrames(MidProbe inner, GoldenCase golden, IReadOnlyList<int> shape) : IProbe
    {
        private readonly List<float> _entered = [];

        public void See(string name, Tensor value)
        {
            if (name != "conv2_out")
            {
                inner.See(name, value);
                return;
            }

            var values = new float[value.Shape.Count];
            golden.Backend.ToHost(value, values);
            _entered.AddRange(values);
            if (_entered.Count == shape.Aggregate(1, (count, extent) => count * extent))
            {
                golden.Mid(name, ChannelsFirst([.. _entered], shape[1], shape[2], shape[3], shape[0]));
            }
        }
    }
}
