using LoadLab.Model.Weights;
using LoadLab.Tensors;

namespace LoadLab.Model.TextEncoder;

/// <summary>
/// The umT5 encoder: token embedding, then layers of x += O(attention(RMS x)) and x += W2(W1 u * gelu(Wg u)), u = RMS x; a final RMS.
/// Attention is not scaled by 1/sqrt(head dim); each layer has its own relative position table. The embedding table stays where the source has it, which must stay open
/// while this lives. Source: Wan2.2 wan/modules/t5.py.
/// </summary>
internal sealed class UmT5Encoder : IDisposable
{
    /// <summary>Under which a probe sees the first layer's position bias.</summary>
    public const string PositionBiasProbe = "block0_pos_bias";

    private readonly ITensorBackend _backend;
    private readonly LoadedWeights _weights;
    private readonly RowTable _embedding;
    private readonly UmT5Layer[] _layers;
    private readonly Tensor _norm;

    public UmT5Encoder(ITensorBackend backend, UmT5Config config, WeightView source, ElementType type = ElementType.Float32)
    {
        source.Require(config.Tensors());
        _backend = backend;
        Config = config;
        _weights = new LoadedWeights(backend, source, type);
        try
        {
            _embedding = _weights.Rows("token_embedding.weight", config.VocabularySize, config.Dim);
            _layers = [.. Enumerable.Range(0, config.Layers).Select(i => new UmT5Layer(_weights, config, $"blocks.{i}"))];
            _norm = _weights.Tensor("norm.weight", config.Dim);
            _weights.ReleaseScratch();
        }
        catch
        {
            _weights.Dispose();
            throw;
        }
    }

    public UmT5Config Config { get; }

    /// <summary>
    /// Hidden states (1, n, dim) of n ids. With a mask (n values, 0 = padding) keys of masked tokens take the lowest finite logit and all n rows are computed;
    /// without one every id is a real token: encoding the real tokens alone gives the same rows, because masked keys contribute nothing.
    /// </summary>
    public Tensor Encode(ReadOnlySpan<int> ids, ReadOnlySpan<long> mask = default, IProbe? probe = null)
    {
        var length = ids.Length;
        var buckets = RelativePosition.Buckets(length, length, Config.Buckets, UmT5Config.MaxDistance);
        using var maskBias = MaskBias(mask);
        using var rows = _embedding.Gather(_backend, ids);
        using var hidden = _backend.Reshape(rows, new Shape(1, length, Config.Dim));
        probe?.See("token_embed", hidden);
        for (var i = 0; i < _layers.Length; i++)
        {
            using var bias = Bias(i, buckets, length, maskBias, i == 0 ? probe : null);
            _layers[i].Apply(hidden, bias, i == 0 ? probe : null);
            probe?.See($"block{i}_out", hidden);
        }

        return _backend.RmsNorm(hidden, UmT5Config.Epsilon, _norm);
    }

    /// <summary>Context rows of the real tokens, host values (n, dim).</summary>
    public float[] EncodeToHost(ReadOnlySpan<int> ids)
    {
        using var hidden = Encode(ids);
        var context = new float[hidden.Shape.Count];
        _backend.ToHost(hidden, context);
        return context;
    }

    public void Dispose() => _weights.Dispose();

    private Tensor Bias(int layer, int[] buckets, int length, Tensor? maskBias, IProbe? probe)
    {
        var bias = RelativePosition.Bias(_backend, _layers[layer].PositionTable, buckets, length, length);
        probe?.See(PositionBiasProbe, bias);
        if (maskBias is null)
        {
            return bias;
        }

        using (bias)
        {
            return _backend.Add(bias, maskBias);
        }
    }

    // Adding the lowest float to any ordinary logit rounds to the lowest float, which is what the reference writes there.
    private Tensor? MaskBias(ReadOnlySpan<long> mask)
    {
        if (mask.IsEmpty || !mask.Contains(0))
        {
            return null;
        }

        var values = new float[mask.Length];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = mask[i] == 0 ? float.MinValue : 0;
        }

        return _backend.FromHost(new Shape(values.Length), values);
    }
}
