using LoadLab.Tensors;
using TorchSharp;

namespace LoadLab.Model.TorchSharp;

public sealed partial class TorchBackend
{
    public Tensor Activate(Tensor x, Activation activation)
    {
        var source = Own(x);
        return Make(x.Shape, source.Type, () => activation switch
        {
            Activation.Silu => source.Native.silu(),
            Activation.GeluTanh => GeluTanh.Of(source.Native),
            _ => source.Native.clone(),
        });
    }

    public Tensor Add(Tensor a, Tensor b)
    {
        ShapeRules.Trailing(a.Shape, b.Shape);
        var (first, second) = (Own(a), Own(b));
        return Make(a.Shape, Wider(first, second), () => first.Native.add(second.Native));
    }

    public Tensor Multiply(Tensor a, Tensor b)
    {
        ShapeRules.Trailing(a.Shape, b.Shape);
        var (first, second) = (Own(a), Own(b));
        return Make(a.Shape, Wider(first, second), () => first.Native.mul(second.Native));
    }

    public Tensor Combine(float alpha, Tensor a, float beta, Tensor b)
    {
        Require.Same(a.Shape, b.Shape);
        var (first, second) = (Own(a), Own(b));
        var type = Wider(first, second);
        return Make(a.Shape, type, () =>
        {
            using Scalar left = alpha;
            using Scalar right = beta;
            return first.Native.to(Scalars(type)).mul(left).add_(second.Native, right);
        });
    }

    public void AddInPlace(Tensor x, Tensor y)
    {
        Require.Same(x.Shape, y.Shape);
        var (target, source) = (Own(x), Own(y));
        Change(() => target.Native.add_(source.Native));
    }

    public void AddGatedInPlace(Tensor x, Tensor y, Tensor gate, ReadOnlySpan<int> rowIndex = default)
    {
        Require.Same(x.Shape, y.Shape);
        ShapeRules.Rows(x.Shape, gate.Shape, rowIndex);
        var (target, source, gates) = (Own(x), Own(y), Own(gate));
        var rows = RowChoice.Of(x.Shape, rowIndex);
        Change(() => target.Native.add_(source.Native.mul(Rows(gates, rows))));
    }

    public Tensor Clamp(Tensor x, float low, float high)
    {
        var source = Own(x);
        return Make(x.Shape, source.Type, () =>
        {
            using Scalar least = low;
            using Scalar most = high;
            return source.Native.clamp(least, most);
        });
    }
}
