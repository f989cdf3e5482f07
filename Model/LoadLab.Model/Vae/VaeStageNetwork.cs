using LoadLab.Model.Weights;
using LoadLab.Tensors;

namespace LoadLab.Model.Vae;

/// <summary>Residual blocks, then perhaps upsampling; in Wan2.2 an upsampling stage is bridged by its parameter-free skip.</summary>
internal sealed class VaeStageNetwork
{
    private readonly ITensorBackend _backend;
    private readonly VaeResidualBlock[] _blocks;
    private readonly VaeResample? _resample;
    private readonly ChannelDuplication? _skip;

    public VaeStageNetwork(LoadedWeights weights, VaeConfig config, VaeStage stage)
    {
        _backend = weights.Backend;
        _blocks = [.. Enumerable.Range(0, config.ResidualBlocks + 1)
            .Select(j => new VaeResidualBlock(weights, config.PartName(stage, j), j == 0 ? stage.Input : stage.Output, stage.Output))];
        if (!stage.Upsamples)
        {
            return;
        }

        _resample = new VaeResample(weights, config.PartName(stage, _blocks.Length), stage, config.ResampledDim(stage));
        _skip = config.Version == VaeVersion.Wan22 ? new ChannelDuplication(_backend, stage) : null;
    }

    /// <summary>Consumes x, also when it fails.</summary>
    public Tensor Apply(Tensor x, FrameCache cache)
    {
        using var skip = Skip(x, cache);
        foreach (var block in _blocks)
        {
            x = Replace(x, input => block.Apply(input, cache));
        }

        if (_resample is not null)
        {
            x = Replace(x, input => _resample.Apply(input, cache));
        }

        if (skip is not null)
        {
            _backend.AddInPlace(x, skip);
        }

        return x;
    }

    private Tensor? Skip(Tensor x, FrameCache cache)
    {
        try
        {
            return _skip?.Apply(x, first: cache.Chunk == 0);
        }
        catch
        {
            x.Dispose();
            throw;
        }
    }

    private static Tensor Replace(Tensor old, Func<Tensor, Tensor> next)
    {
        using (old)
        {
            return next(old);
        }
    }
}
