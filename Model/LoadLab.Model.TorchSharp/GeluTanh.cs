using TorchSharp;
using Native = TorchSharp.torch.Tensor;
using Torch = TorchSharp.torch;

namespace LoadLab.Model.TorchSharp;

/// <summary>The GELU of <see cref="Tensors.Activation.GeluTanh"/>. TorchSharp calls libtorch's own from 0.107.0 on.</summary>
internal static class GeluTanh
{
#if TORCHSHARP_0_107
    public static Native Of(Native x) => x.gelu(global::TorchSharp.Modules.GELU.Approximate.tanh);
#else
    // (1 + tanh u) / 2 = sigmoid(2 u), with 2 u = 2 sqrt(2 / pi) (x + 0.044715 x^3).
    private const float Linear = 1.5957691216f;
    private const float Cubic = 0.044715f * Linear;

    /// <summary>In float32 and a new tensor, whatever the type of x.</summary>
    public static Native Of(Native x)
    {
        using Scalar linear = Linear;
        using Scalar cubic = Cubic;
        var wide = x.to(Torch.ScalarType.Float32);
        return wide.mul(wide).mul_(cubic).add_(linear).mul_(wide).sigmoid_().mul_(wide);
    }
#endif
}
