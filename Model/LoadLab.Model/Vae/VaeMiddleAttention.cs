using LoadLab.Model.Weights;
using LoadLab.Tensors;

namespace LoadLab.Model.Vae;

/// <summary>Single-head attention over the positions of each frame, added to its input; frames do not mix.</summary>
internal sealed class VaeMiddleAttention(LoadedWeights weights, string name, int dim)
{
    private readonly ITensorBackend _backend = weights.Backend;
    private readonly Tensor _norm = weights.Tensor($"{name}.norm.gamma", dim);
    private readonly LinearWeight _qkv = weights.Linear($"{name}.to_qkv", 3 * dim, dim);
    private readonly LinearWeight _projection = weights.Linear($"{name}.proj", dim, dim);

    public static IEnumerable<TensorSpec> Tensors(string name, int dim) =>
    [
        TensorSpec.Gain($"{name}.norm.gamma", dim, 1, 1),
        .. TensorSpec.Layer($"{name}.to_qkv", 3 * dim, dim, 1, 1),
        .. TensorSpec.Layer($"{name}.proj", dim, dim, 1, 1),
    ];

    public Tensor Apply(Tensor x)
    {
        var frames = x.Shape[0] * x.Shape[1];
        var positions = x.Shape[2] * x.Shape[3];
        using var normed = _backend.ChannelNorm(x, _norm, Activation.None);
        using var qkv = _backend.Linear(normed, _qkv);
        using var rows = _backend.Reshape(qkv, new Shape(frames, positions, 1, 3 * dim));
        using var q = _backend.Slice(rows, axis: 3, 0, dim);
        using var k = _backend.Slice(rows, axis: 3, dim, dim);
        using var v = _backend.Slice(rows, axis: 3, 2 * dim, dim);
        using var mixed = _backend.Attention(q, k, v, 1 / MathF.Sqrt(dim));
        using var projected = _backend.Linear(mixed, _projection);
        using var shaped = _backend.Reshape(projected, x.Shape);
        return _backend.Add(shaped, x);
    }
}
