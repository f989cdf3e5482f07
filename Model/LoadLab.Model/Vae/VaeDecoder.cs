using LoadLab.Model.Weights;
using LoadLab.Tensors;

namespace LoadLab.Model.Vae;

/// <summary>
/// The decoder of a Wan video VAE, one latent frame at a time. Strictly causal: the first latent frame gives one frame of video, each later one
/// <see cref="VaeConfig.TemporalStride"/>, and decoding a prefix gives the prefix. Source: Wan2.2 wan/modules/vae2_1.py, vae2_2.py.
/// </summary>
internal sealed class VaeDecoder : IDisposable
{
    private readonly ITensorBackend _backend;
    private readonly LoadedWeights _weights;
    private readonly LinearWeight _entry;
    private readonly CausalConvolution _first;
    private readonly VaeResidualBlock _middle0;
    private readonly VaeMiddleAttention _middle1;
    private readonly VaeResidualBlock _middle2;
    private readonly VaeStageNetwork[] _stages;
    private readonly Tensor _headNorm;
    private readonly CausalConvolution _head;

    public VaeDecoder(ITensorBackend backend, VaeConfig config, LatentStatistics statistics, WeightView source, ElementType type = ElementType.Float32)
    {
        source.Require(config.Tensors());
        _backend = backend;
        Config = config;
        Statistics = statistics;
        _weights = new LoadedWeights(backend, source, type);
        try
        {
            _entry = _weights.Linear("conv2", config.LatentChannels, config.LatentChannels);
            _first = new CausalConvolution(_weights, "decoder.conv1", config.TopDim, config.LatentChannels, 3);
            _middle0 = new VaeResidualBlock(_weights, "decoder.middle.0", config.TopDim, config.TopDim);
            _middle1 = new VaeMiddleAttention(_weights, "decoder.middle.1", config.TopDim);
            _middle2 = new VaeResidualBlock(_weights, "decoder.middle.2", config.TopDim, config.TopDim);
            _stages = [.. config.Stages().Select(stage => new VaeStageNetwork(_weights, config, stage))];
            _headNorm = _weights.Tensor("decoder.head.0.gamma", config.BaseDim * config.Multipliers[0]);
            _head = new CausalConvolution(_weights, "decoder.head.2", config.OutputChannels, config.BaseDim * config.Multipliers[0], 3);
            _weights.ReleaseScratch();
        }
        catch
        {
            _weights.Dispose();
            throw;
        }
    }

    public VaeConfig Config { get; }

    public LatentStatistics Statistics { get; }

    /// <summary>Begins a stream of latent frames of one video.</summary>
    public VaeStream Open(int height, int width) => new(this, height, width);

    public void Dispose() => _weights.Dispose();

    /// <summary>Denormalised latent frame (1, 1, H, W, C) to (1, T, H', W', output channels); unclamped.</summary>
    internal Tensor DecodeChunk(Tensor latent, FrameCache cache, IProbe? probe)
    {
        var chunk = $"chunk{cache.Chunk}";
        using var entered = _backend.Linear(latent, _entry);
        probe?.See("conv2_out", entered);
        using var first = _first.Apply(entered, cache);
        probe?.See($"{chunk}_conv1", first);
        var x = Middle(first, cache, chunk, probe);
        for (var i = 0; i < _stages.Length; i++)
        {
            x = _stages[i].Apply(x, cache);
            probe?.See($"{chunk}_upsample{StageName(i)}", x);
        }

        using var last = x;
        using var normed = _backend.ChannelNorm(last, _headNorm, Activation.Silu);
        var output = _head.Apply(normed, cache);
        probe?.See($"{chunk}_decoder_out", output);
        cache.Advance();
        return output;
    }

    internal Tensor FrameFromHost(ReadOnlySpan<float> channelsLast, int height, int width) =>
        _backend.FromHost(new Shape(1, 1, height, width, Config.LatentChannels), channelsLast);

    internal void ToHost(Tensor tensor, Span<float> values) => _backend.ToHost(tensor, values);

    private Tensor Middle(Tensor x, FrameCache cache, string chunk, IProbe? probe)
    {
        using var before = _middle0.Apply(x, cache);
        probe?.See($"{chunk}_middle0", before);
        using var attended = _middle1.Apply(before);
        probe?.See($"{chunk}_middle1_attn", attended);
        return _middle2.Apply(attended, cache);
    }

    // The reference numbers the parts of 2.1 in one list; its stages end at the resampling part.
    private int StageName(int stage)
    {
        if (Config.Version == VaeVersion.Wan22)
        {
            return stage;
        }

        var parts = Config.ResidualBlocks + 1 + (stage < _stages.Length - 1 ? 1 : 0);
        return Config.Stages()[stage].FlatStart + parts - 1;
    }
}
