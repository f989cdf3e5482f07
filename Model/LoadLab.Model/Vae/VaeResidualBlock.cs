using LoadLab.Model.Weights;
using LoadLab.Tensors;

namespace LoadLab.Model.Vae;

/// <summary>norm, SiLU, conv, norm, SiLU, conv, plus a shortcut: identity, or a 1x1x1 convolution where channels change.</summary>
internal sealed class VaeResidualBlock(LoadedWeights weights, string name, int input, int output)
{
    private readonly ITensorBackend _backend = weights.Backend;
    private readonly Tensor _norm1 = weights.Tensor($"{name}.residual.0.gamma", input);
    private readonly CausalConvolution _convolution1 = new(weights, $"{name}.residual.2", output, input, 3);
    private readonly Tensor _norm2 = weights.Tensor($"{name}.residual.3.gamma", output);
    private readonly CausalConvolution _convolution2 = new(weights, $"{name}.residual.6", output, output, 3);
    private readonly LinearWeight? _shortcut = input == output ? null : weights.Linear($"{name}.shortcut", output, input);

    public static IEnumerable<TensorSpec> Tensors(string name, int input, int output)
    {
        IEnumerable<TensorSpec> main =
        [
            TensorSpec.Gain($"{name}.residual.0.gamma", input, 1, 1, 1),
            .. TensorSpec.Layer($"{name}.residual.2", output, input, 3, 3, 3),
            TensorSpec.Gain($"{name}.residual.3.gamma", output, 1, 1, 1),
            .. TensorSpec.Layer($"{name}.residual.6", output, output, 3, 3, 3),
        ];
        return input == output ? main : main.Concat(TensorSpec.Layer($"{name}.shortcut", output, input, 1, 1, 1));
    }

    /// <summary>(B, T, H, W, input) to (B, T, H, W, output).</summary>
    public Tensor Apply(Tensor x, FrameCache cache)
    {
        using var normed1 = _backend.ChannelNorm(x, _norm1, Activation.Silu);
        using var middle = _convolution1.Apply(normed1, cache);
        using var normed2 = _backend.ChannelNorm(middle, _norm2, Activation.Silu);
        using var shortcut = _shortcut is null ? null : _backend.Linear(x, _shortcut);
        var result = _convolution2.Apply(normed2, cache);
        _backend.AddInPlace(result, shortcut ?? x);
        return result;
    }
}
