using LoadLab.Model.Weights;
using LoadLab.Tensors;

namespace LoadLab.Model.Diffusion;

/// <summary>
/// One transformer block: x += gate1 * self(LN x * (1 + scale1) + shift1); x += cross(LN_affine x); x += gate2 * ffn(LN x * (1 + scale2) + shift2).
/// Only self-attention is rotated; cross-attention has neither gate nor modulation nor mask. Names keep the original order: norm1, norm3, norm2.
/// </summary>
internal sealed class DitBlock(LoadedWeights weights, DitConfig config, int index)
{
    private readonly ITensorBackend _backend = weights.Backend;
    private readonly Modulation _modulation = new(weights, $"blocks.{index}.modulation", 6, config.Dim);
    private readonly DitAttention _self = new(weights, config, $"blocks.{index}.self_attn");
    private readonly Tensor _norm3Weight = weights.Tensor($"blocks.{index}.norm3.weight", config.Dim);
    private readonly Tensor _norm3Bias = weights.Tensor($"blocks.{index}.norm3.bias", config.Dim);
    private readonly LinearWeight _ffnIn = weights.Linear($"blocks.{index}.ffn.0", config.FfnDim, config.Dim);
    private readonly LinearWeight _ffnOut = weights.Linear($"blocks.{index}.ffn.2", config.Dim, config.FfnDim);

    public DitAttention Cross { get; } = new(weights, config, $"blocks.{index}.cross_attn");

    /// <summary>x (B, L, dim) is changed. time (R, 6 dim); rowIndex as in <see cref="TokenTimesteps"/>.</summary>
    public void Apply(Tensor x, Tensor time, int[] rowIndex, DitSession session, IProbe? probe)
    {
        using var rows = _modulation.Rows(time);
        ApplySelf(x, shift: rows[0], scale: rows[1], gate: rows[2], rowIndex, session, probe);
        ApplyCross(x, session.Texts, probe);
        ApplyFeedForward(x, shift: rows[3], scale: rows[4], gate: rows[5], rowIndex, probe);
    }

    private void ApplySelf(Tensor x, Tensor shift, Tensor scale, Tensor gate, int[] rowIndex, DitSession session, IProbe? probe)
    {
        using var input = _backend.LayerNormModulated(x, config.Epsilon, scale, shift, rowIndex);
        probe?.See("block0_self_attn_in", input);
        using var mixed = MixSelf(input, session, probe);
        probe?.See("block0_self_attn_heads", mixed);
        using var output = _self.Output(mixed);
        probe?.See("block0_self_attn", output);
        _backend.AddGatedInPlace(x, output, gate, rowIndex);
        probe?.See("block0_after_self_attn", x);
    }

    private Tensor MixSelf(Tensor input, DitSession session, IProbe? probe)
    {
        using var q = Rotate(_self.Query(input), session);
        probe?.See("block0_q_rope", q);
        using var k = Rotate(_self.Key(input), session);
        probe?.See("block0_k_rope", k);
        using var v = _self.Value(input);
        probe?.See("block0_v", v);
        return _self.Mix(q, k, v);
    }

    private Tensor Rotate(Tensor heads, DitSession session)
    {
        using (heads)
        {
            return _backend.Rope(heads, session.Cos, session.Sin);
        }
    }

    private void ApplyCross(Tensor x, IReadOnlyList<TextKeys> texts, IProbe? probe)
    {
        using var input = _backend.LayerNorm(x, config.Epsilon, _norm3Weight, _norm3Bias);
        probe?.See("block0_cross_attn_in", input);
        using var q = Cross.Query(input);
        probe?.See("block0_cross_q", q);
        using var mixed = MixCross(q, texts);
        probe?.See("block0_cross_attn_heads", mixed);
        using var output = Cross.Output(mixed);
        probe?.See("block0_cross_attn", output);
        _backend.AddInPlace(x, output);
        probe?.See("block0_after_cross_attn", x);
    }

    private Tensor MixCross(Tensor q, IReadOnlyList<TextKeys> texts)
    {
        if (texts.Count == 1)
        {
            return MixGroup(q, texts[0]);
        }

        using var parts = TensorList.Create(texts.Count, i =>
        {
            using var queries = _backend.Slice(q, axis: 0, texts[i].Group.First, texts[i].Group.Count);
            return MixGroup(queries, texts[i]);
        });
        return _backend.Concat(parts.ToArray(), axis: 0);
    }

    private Tensor MixGroup(Tensor q, TextKeys text)
    {
        var tokens = q.Shape[0] * q.Shape[1];
        using var chunks = _backend.Reshape(q, new Shape(tokens / text.QueryChunk, text.QueryChunk, config.Heads, config.HeadDim));
        using var mixed = Cross.Mix(chunks, text.Keys[index], text.Values[index], text.Bias);
        return _backend.Reshape(mixed, q.Shape);
    }

    private void ApplyFeedForward(Tensor x, Tensor shift, Tensor scale, Tensor gate, int[] rowIndex, IProbe? probe)
    {
        using var input = _backend.LayerNormModulated(x, config.Epsilon, scale, shift, rowIndex);
        probe?.See("block0_ffn_in", input);
        using var hidden = _backend.Linear(input, _ffnIn, Activation.GeluTanh);
        using var output = _backend.Linear(hidden, _ffnOut);
        probe?.See("block0_ffn", output);
        _backend.AddGatedInPlace(x, output, gate, rowIndex);
    }
}
