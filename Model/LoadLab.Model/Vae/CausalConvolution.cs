using LoadLab.Model.Weights;
using LoadLab.Tensors;

namespace LoadLab.Model.Vae;

/// <summary>
/// A convolution that looks two frames back and none ahead, over x (B, T, H, W, C). The history of a stream is kept by the caller's cache;
/// frames before the start are zeros.
/// </summary>
internal sealed class CausalConvolution(LoadedWeights weights, string name, int outChannels, int inChannels, int spatialKernel)
{
    public const int History = 2;

    private readonly ITensorBackend _backend = weights.Backend;
    private readonly ConvolutionWeight _weight = weights.Convolution(name, outChannels, inChannels, 1 + History, spatialKernel, spatialKernel);

    public Tensor Apply(Tensor x, FrameCache cache)
    {
        var padding = spatialKernel / 2;
        using var past = cache.Take(this);
        if (past is null)
        {
            cache.Keep(this, _backend, x);
            return _backend.Convolution(x, _weight, History, padding, padding);
        }

        using var joined = _backend.Concat([past, x], axis: 1);
        cache.Keep(this, _backend, joined);
        return _backend.Convolution(joined, _weight, History - past.Shape[1], padding, padding);
    }
}
