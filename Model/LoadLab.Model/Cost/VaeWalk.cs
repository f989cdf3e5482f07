using LoadLab.Model.Vae;
using LoadLab.Tensors;

namespace LoadLab.Model.Cost;

/// <summary>
/// Walks a decoder as <see cref="VaeDecoder"/> runs it, holding and releasing each tensor's bytes where the network does. Sizes are (frames, height, width, channels).
/// </summary>
internal sealed class VaeWalk(EngineMemory engine, VaeConfig config, ElementType type, int height, int width)
{
    private const int History = CausalConvolution.History;

    private readonly LiveBytes _live = new();
    private readonly List<int> _cachedFrames = [];
    private bool _isFirst = true;
    private int _convolution;

    public long PeakBytes => _live.Peak;

    /// <summary>One latent frame; the first call is the first frame.</summary>
    public void Frame()
    {
        _convolution = 0;
        var latent = new Video(1, height, width, config.LatentChannels);
        var frame = _live.Hold(engine.Tensor(latent.Values, ElementType.Float32));
        var entered = Linear(latent, config.LatentChannels, ElementType.Float32);
        var first = Causal(latent, config.TopDim, spatialKernel: 3);
        var x = Middle(latent with { Channels = config.TopDim });
        foreach (var stage in config.Stages())
        {
            x = Stage(x, stage);
        }

        var normed = Norm(x);
        var output = Causal(x, config.OutputChannels, spatialKernel: 3);
        _live.Release(frame, entered, first, Bytes(x), normed, output);
        _isFirst = false;
    }

    // Two residual blocks around the attention; their inputs live until the last is done.
    private Video Middle(Video x)
    {
        Residual(x, x.Channels);
        Attention(x);
        Residual(x, x.Channels);
        _live.Release(Bytes(x), Bytes(x));
        return x;
    }

    // normed, qkv, q, k, v, mixed, projected, sum; only the sum stays.
    private void Attention(Video x)
    {
        var one = Bytes(x);
        var normed = Norm(x);
        var qkv = Linear(x, 3 * x.Channels, type);
        var mixed = _live.Hold(4 * one);
        var positions = (long)x.Height * x.Width;
        _live.Pass(engine.Attention(x.Frames, positions, x.Frames, positions, 1, x.Channels));
        var projected = Linear(x, x.Channels, type);
        _live.Hold(one);
        _live.Release(normed, qkv, mixed, projected);
    }

    private Video Stage(Video x, VaeStage stage)
    {
        var bridged = config.Version == VaeVersion.Wan22 && stage.Upsamples;
        var skip = bridged ? Duplication(x, stage) : 0;
        for (var block = 0; block <= config.ResidualBlocks; block++)
        {
            Residual(x, stage.Output);
            _live.Release(Bytes(x));
            x = x with { Channels = stage.Output };
        }

        x = stage.Upsamples ? Resample(x, stage) : x;
        _live.Release(skip);
        return x;
    }

    // norm, conv, norm, shortcut, conv: all beside the input until the sum is done; the second convolution's result stays.
    private void Residual(Video x, int output)
    {
        var normed1 = Norm(x);
        var middle = Causal(x, output, spatialKernel: 3);
        var wide = x with { Channels = output };
        var normed2 = Norm(wide);
        var shortcut = x.Channels == output ? 0 : Linear(x, output, type);
        Causal(wide, output, spatialKernel: 3);
        _live.Release(normed1, middle, normed2, shortcut);
    }

    private Video Resample(Video x, VaeStage stage)
    {
        var tall = x;
        if (stage.UpsamplesTime && !_isFirst)
        {
            var halves = Causal(x, 2 * x.Channels, spatialKernel: 1);
            tall = x with { Frames = 2 * x.Frames };
            _live.Hold(Bytes(tall));
            _live.Release(halves);
        }
        else if (stage.UpsamplesTime)
        {
            Past();
            _convolution++;
        }

        var larger = tall with { Height = 2 * tall.Height, Width = 2 * tall.Width };
        var duplicated = _live.Hold(Bytes(larger));
        var result = larger with { Channels = config.ResampledDim(stage) };
        _live.Hold(Bytes(result));
        _live.Pass(engine.Convolution(larger.Frames, larger.Height, larger.Width, larger.Channels, kernelTime: 1, padding: 1, type));
        _live.Release(duplicated, tall == x ? 0 : Bytes(tall), Bytes(x));
        return result;
    }

    // Sources (a copy of the input), then rows joined from columns and frames from rows, parts beside their join.
    private long Duplication(Video x, VaeStage stage)
    {
        var frames = stage.UpsamplesTime ? 2 : 1;
        var sources = Bytes(x);
        var row = Bytes(x with { Height = 2 * x.Height, Width = 2 * x.Width, Channels = stage.Output });
        _live.Pass(sources + (2 * frames * row));
        return _live.Hold(_isFirst && frames > 1 ? row : frames * row);
    }

    /// <summary>History joined in front, the last two frames kept, the product; what stays is the result and the new cache.</summary>
    private long Causal(Video x, int output, int spatialKernel)
    {
        var past = Past();
        var joined = x with { Frames = x.Frames + past };
        var joinedBytes = past == 0 ? 0 : _live.Hold(Bytes(joined));
        var kept = Math.Min(History, joined.Frames);
        _live.Hold(Bytes(x with { Frames = kept }));
        var result = _live.Hold(Bytes(x with { Channels = output }));
        _live.Pass(engine.Convolution(joined.Frames + History - past, x.Height, x.Width, x.Channels, 1 + History, spatialKernel / 2, type));
        _live.Release(joinedBytes, past == 0 ? 0 : Bytes(x with { Frames = past }));
        _cachedFrames[_convolution++] = kept;
        return result;
    }

    // Cached frames of the convolution at hand. They are met in one order in every frame; what the first frame skips is counted there, too, with an empty cache.
    private int Past()
    {
        if (_convolution == _cachedFrames.Count)
        {
            _cachedFrames.Add(0);
        }

        return _cachedFrames[_convolution];
    }

    private long Norm(Video x)
    {
        _live.Hold(Bytes(x));
        _live.Pass(engine.ChannelNorm(x.Values, type));
        return Bytes(x);
    }

    private long Linear(Video x, int output, ElementType from)
    {
        var result = _live.Hold(Bytes(x with { Channels = output }));
        _live.Pass(engine.Linear(x.Values / x.Channels, x.Channels, output, from, type));
        return result;
    }

    private long Bytes(Video x) => engine.Tensor(x.Values, type);

    private readonly record struct Video(int Frames, int Height, int Width, int Channels)
    {
        public long Values => (long)Frames * Height * Width * Channels;
    }
}
