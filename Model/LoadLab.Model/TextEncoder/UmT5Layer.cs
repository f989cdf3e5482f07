using LoadLab.Model.Weights;
using LoadLab.Tensors;

namespace LoadLab.Model.TextEncoder;

/// <summary>One encoder layer.</summary>
internal sealed class UmT5Layer(LoadedWeights weights, UmT5Config config, string name)
{
    private readonly ITensorBackend _backend = weights.Backend;
    private readonly Tensor _norm1 = weights.Tensor($"{name}.norm1.weight", config.Dim);
    private readonly LinearWeight _q = weights.Linear($"{name}.attn.q", config.AttentionDim, config.Dim, bias: false);
    private readonly LinearWeight _k = weights.Linear($"{name}.attn.k", config.AttentionDim, config.Dim, bias: false);
    private readonly LinearWeight _v = weights.Linear($"{name}.attn.v", config.AttentionDim, config.Dim, bias: false);
    private readonly LinearWeight _o = weights.Linear($"{name}.attn.o", config.Dim, config.AttentionDim, bias: false);
    private readonly Tensor _norm2 = weights.Tensor($"{name}.norm2.weight", config.Dim);
    private readonly LinearWeight _gate = weights.Linear($"{name}.ffn.gate.0", config.FfnDim, config.Dim, bias: false);
    private readonly LinearWeight _fc1 = weights.Linear($"{name}.ffn.fc1", config.FfnDim, config.Dim, bias: false);
    private readonly LinearWeight _fc2 = weights.Linear($"{name}.ffn.fc2", config.Dim, config.FfnDim, bias: false);

    /// <summary>(buckets, heads).</summary>
    public Tensor PositionTable { get; } = weights.Tensor($"{name}.pos_embedding.embedding.weight", config.Buckets, config.Heads);

    /// <summary>hidden (1, n, dim) is changed; bias (heads, n, n).</summary>
    public void Apply(Tensor hidden, Tensor bias, IProbe? probe)
    {
        using var attention = Attention(hidden, bias, probe);
        probe?.See("block0_attn", attention);
        _backend.AddInPlace(hidden, attention);
        using var feedForward = FeedForward(hidden, probe);
        probe?.See("block0_ffn", feedForward);
        _backend.AddInPlace(hidden, feedForward);
    }

    private Tensor Attention(Tensor hidden, Tensor bias, IProbe? probe)
    {
        using var input = _backend.RmsNorm(hidden, UmT5Config.Epsilon, _norm1);
        probe?.See("block0_norm1", input);
        using var q = Heads(input, _q);
        using var k = Heads(input, _k);
        using var v = Heads(input, _v);
        using var mixed = _backend.Attention(q, k, v, scale: 1, bias);
        using var joined = _backend.Reshape(mixed, new Shape(1, hidden.Shape[1], config.AttentionDim));
        return _backend.Linear(joined, _o);
    }

    private Tensor FeedForward(Tensor hidden, IProbe? probe)
    {
        using var input = _backend.RmsNorm(hidden, UmT5Config.Epsilon, _norm2);
        using var gate = _backend.Linear(input, _gate, Activation.GeluTanh);
        probe?.See("block0_ffn_gate", gate);
        using var value = _backend.Linear(input, _fc1);
        using var product = _backend.Multiply(value, gate);
        return _backend.Linear(product, _fc2);
    }

    private Tensor Heads(Tensor input, LinearWeight weight)
    {
        using var projected = _backend.Linear(input, weight);
        return _backend.Reshape(projected, new Shape(1, input.Shape[1], config.Heads, config.HeadDim));
    }
}
