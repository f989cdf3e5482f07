using LoadLab.Model.Weights;
using LoadLab.Tensors;

namespace LoadLab.Model.Vae;

/// <summary>
/// Upsampling: in time by a causal convolution to twice the channels, whose halves become even and odd frames; then in space by pixel duplication and a 3x3 convolution.
/// The first latent frame skips the time convolution and is absent from its history.
/// </summary>
internal sealed class VaeResample(LoadedWeights weights, string name, VaeStage stage, int output)
{
    private readonly ITensorBackend _backend = weights.Backend;
    private readonly CausalConvolution? _time = stage.UpsamplesTime ? new(weights, $"{name}.time_conv", 2 * stage.Output, stage.Output, 1) : null;
    private readonly ConvolutionWeight _space = weights.Convolution($"{name}.resample.1", output, stage.Output, 1, 3, 3);

    public static IEnumerable<TensorSpec> Tensors(string name, VaeStage stage, int output)
    {
        var space = TensorSpec.Layer($"{name}.resample.1", output, stage.Output, 3, 3);
        return stage.UpsamplesTime ? space.Concat(TensorSpec.Layer($"{name}.time_conv", 2 * stage.Output, stage.Output, 3, 1, 1)) : space;
    }

    public Tensor Apply(Tensor x, FrameCache cache)
    {
        if (_time is null || cache.Chunk == 0)
        {
            return UpsampleSpace(x);
        }

        using var doubled = UpsampleTime(_time, x, cache);
        return UpsampleSpace(doubled);
    }

    private Tensor UpsampleTime(CausalConvolution time, Tensor x, FrameCache cache)
    {
        var (b, t, h, w, c) = (x.Shape[0], x.Shape[1], x.Shape[2], x.Shape[3], x.Shape[4]);
        using var halves = time.Apply(x, cache);
        using var split = _backend.Reshape(halves, new Shape(b * t, h * w, 2, c));
        using var frames = _backend.Permute(split, [0, 2, 1, 3]);
        return _backend.Reshape(frames, new Shape(b, 2 * t, h, w, c));
    }

    private Tensor UpsampleSpace(Tensor x)
    {
        using var larger = _backend.UpsampleNearest2(x);
        return _backend.Convolution(larger, _space, padTimeBefore: 0, padHeight: 1, padWidth: 1);
    }
}
