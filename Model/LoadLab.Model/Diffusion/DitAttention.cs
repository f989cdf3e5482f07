using LoadLab.Model.Weights;
using LoadLab.Tensors;

namespace LoadLab.Model.Diffusion;

/// <summary>Projections of one attention. The RMS norms of q and k run over the whole width, before the split into heads.</summary>
internal sealed class DitAttention(LoadedWeights weights, DitConfig config, string name)
{
    private readonly ITensorBackend _backend = weights.Backend;
    private readonly LinearWeight _q = weights.Linear($"{name}.q", config.Dim, config.Dim);
    private readonly LinearWeight _k = weights.Linear($"{name}.k", config.Dim, config.Dim);
    private readonly LinearWeight _v = weights.Linear($"{name}.v", config.Dim, config.Dim);
    private readonly LinearWeight _o = weights.Linear($"{name}.o", config.Dim, config.Dim);
    private readonly Tensor _normQ = weights.Tensor($"{name}.norm_q.weight", config.Dim);
    private readonly Tensor _normK = weights.Tensor($"{name}.norm_k.weight", config.Dim);

    /// <summary>(B, L, heads, head dim) of x (B, L, dim).</summary>
    public Tensor Query(Tensor x) => NormedHeads(x, _q, _normQ);

    public Tensor Key(Tensor x) => NormedHeads(x, _k, _normK);

    public Tensor Value(Tensor x)
    {
        using var projected = _backend.Linear(x, _v);
        return Split(projected);
    }

    /// <summary>softmax(q k^T / sqrt(head dim) + bias) v, before the output projection: (B, L, heads, head dim).</summary>
    public Tensor Mix(Tensor q, Tensor k, Tensor v, Tensor? bias = null) => _backend.Attention(q, k, v, 1 / MathF.Sqrt(config.HeadDim), bias);

    /// <summary>Heads joined and projected: (B, L, dim).</summary>
    public Tensor Output(Tensor mixed)
    {
        using var joined = _backend.Reshape(mixed, new Shape(mixed.Shape[0], mixed.Shape[1], config.Dim));
        return _backend.Linear(joined, _o);
    }

    private Tensor NormedHeads(Tensor x, LinearWeight weight, Tensor gain)
    {
        using var projected = _backend.Linear(x, weight);
        using var normed = _backend.RmsNorm(projected, config.Epsilon, gain);
        return Split(normed);
    }

    private Tensor Split(Tensor x) => _backend.Reshape(x, new Shape(x.Shape[0], x.Shape[1], config.Heads, config.HeadDim));
}
