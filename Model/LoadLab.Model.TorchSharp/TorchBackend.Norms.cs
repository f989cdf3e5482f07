using LoadLab.Tensors;
using TorchSharp;
using F = TorchSharp.torch.nn.functional;
using Native = TorchSharp.torch.Tensor;
using Torch = TorchSharp.torch;

namespace LoadLab.Model.TorchSharp;

public sealed partial class TorchBackend
{
    public Tensor LayerNormModulated(Tensor x, float eps, Tensor? scale, Tensor? shift, ReadOnlySpan<int> rowIndex = default)
    {
        Require.That(scale is null || shift is null || scale.Shape == shift.Shape, "scale and shift must have equal shapes", scale?.Shape ?? default, shift?.Shape ?? default);
        ShapeRules.Rows(x.Shape, (scale ?? shift)?.Shape, rowIndex);
        var (source, scales, shifts) = (Own(x), scale is null ? null : Own(scale), shift is null ? null : Own(shift));
        var rows = RowChoice.Of(x.Shape, rowIndex);
        return Make(x.Shape, source.Type, () =>
        {
            using Scalar one = 1;
            var y = F.layer_norm(Float(source), [x.Shape[2]], null, null, eps);
            y = scales is null ? y : y.mul_(Rows(scales, rows).add(one));
            return shifts is null ? y : y.add_(Rows(shifts, rows));
        });
    }

    public Tensor LayerNorm(Tensor x, float eps, Tensor weight, Tensor bias)
    {
        ShapeRules.LastAxis(x.Shape, weight.Shape);
        ShapeRules.LastAxis(x.Shape, bias.Shape);
        var (source, weights, biases) = (Own(x), Own(weight), Own(bias));
        return Make(x.Shape, source.Type, () => F.layer_norm(Float(source), [x.Shape[-1]], Float(weights), Float(biases), eps));
    }

    /// <summary>The normed values are rounded to the input's type before they meet the weight, as the reference does.</summary>
    public Tensor RmsNorm(Tensor x, float eps, Tensor weight)
    {
        ShapeRules.LastAxis(x.Shape, weight.Shape);
        var (source, weights) = (Own(x), Own(weight));
        return Make(x.Shape, source.Type, () =>
        {
            using Scalar epsilon = eps;
            var wide = Float(source);
            var inverse = wide.mul(wide).mean([-1], true).add_(epsilon).rsqrt_();
            return wide.mul(inverse).to(Scalars(source.Type)).mul_(weights.Native);
        });
    }

    public Tensor ChannelNorm(Tensor x, Tensor gamma, Activation activation)
    {
        ShapeRules.LastAxis(x.Shape, gamma.Shape);
        var (source, gammas) = (Own(x), Own(gamma));
        return Make(x.Shape, source.Type, () =>
        {
            using Scalar root = MathF.Sqrt(x.Shape[-1]);
            return Activated(F.normalize(Float(source), 2, -1, 1e-12).mul_(gammas.Native.mul(root)), activation);
        });
    }

    public Tensor Rope(Tensor x, Tensor cos, Tensor sin)
    {
        ShapeRules.Rope(x.Shape, cos.Shape, sin.Shape);
        var (source, cosines, sines) = (Own(x), Own(cos), Own(sin));
        var (items, tokens, heads, headDim) = (x.Shape[0], x.Shape[1], x.Shape[2], x.Shape[3]);
        var turned = cos.Shape[0];
        return Make(x.Shape, source.Type, () =>
        {
            // A rotation of pairs is a product of complex numbers.
            var wide = Float(source);
            var turns = Torch.complex(Float(cosines), Float(sines)).unsqueeze(1);
            var y = wide.narrow(1, 0, turned).view(items, turned, heads, headDim / 2, 2).view_as_complex().mul(turns).view_as_real().view(items, turned, heads, headDim);
            return turned == tokens ? y : Torch.cat([y, wide.narrow(1, turned, tokens - turned)], 1);
        });
    }

    /// <summary>Rows of a table (R, d) as the tokens choose them: (1, d), (B, 1, d) or (B, L, d).</summary>
    private Native Rows(TorchTensor table, RowChoice choice) => choice.Rows is [var row]
        ? table.Native.narrow(0, row, 1)
        : table.Native.index_select(0, Index(choice.Rows)).view(choice.Items, -1, table.Shape[1]);

    /// <summary>The fewest row numbers that say which row each token takes: one for all, one for each item, or one for each token.</summary>
    private readonly record struct RowChoice(int Items, long[] Rows)
    {
        public static RowChoice Of(Shape shape, ReadOnlySpan<int> rowIndex)
        {
            var (items, tokens) = (shape[0], shape[1]);
            if (rowIndex.IsEmpty || !rowIndex.ContainsAnyExcept(rowIndex[0]))
            {
                return new RowChoice(items, [rowIndex.IsEmpty ? 0 : rowIndex[0]]);
            }

            var step = tokens;
            for (var item = 0; item < items; item++)
            {
                var own = rowIndex.Slice(item * tokens, tokens);
                step = own.ContainsAnyExcept(own[0]) ? 1 : step;
            }

            var rows = new long[rowIndex.Length / step];
            for (var i = 0; i < rows.Length; i++)
            {
                rows[i] = rowIndex[i * step];
            }

            return new RowChoice(items, rows);
        }
    }
}
