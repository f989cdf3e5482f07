namespace LoadLab.Tensors;

public sealed unsafe partial class CpuBackend
{
    public Tensor LayerNormModulated(Tensor x, float eps, Tensor? scale, Tensor? shift, ReadOnlySpan<int> rowIndex = default)
    {
        Require.That(scale is null || shift is null || scale.Shape == shift.Shape, "scale and shift must have equal shapes", scale?.Shape ?? default, shift?.Shape ?? default);
        ShapeRules.Rows(x.Shape, (scale ?? shift)?.Shape, rowIndex);
        var width = x.Shape[2];
        var source = Data(x);
        var scales = scale is null ? null : Data(scale);
        var shifts = shift is null ? null : Data(shift);
        var y = Allocate(x.Shape);
        var target = y.Pointer;
        fixed (int* index = rowIndex)
        {
            var rows = index;
            ForRanges(Rows(x.Shape), width, (start, count, _) =>
            {
                _wide.LayerNorm(source + start * width, target + start * width, (int)count, width, eps);
                for (var r = start; (scales != null || shifts != null) && r < start + count; r++)
                {
                    var offset = (rows == null ? 0 : (long)rows[r]) * width;
                    _wide.Modulate(target + r * width, width, scales == null ? null : scales + offset, shifts == null ? null : shifts + offset);
                }
            });
        }

        return y;
    }

    public Tensor LayerNorm(Tensor x, float eps, Tensor weight, Tensor bias)
    {
        ShapeRules.LastAxis(x.Shape, weight.Shape);
        ShapeRules.LastAxis(x.Shape, bias.Shape);
        var width = x.Shape[-1];
        var source = Data(x);
        var weights = Data(weight);
        var biases = Data(bias);
        var y = Allocate(x.Shape);
        var target = y.Pointer;
        ForRanges(Rows(x.Shape), width, (start, count, _) =>
        {
            _wide.LayerNorm(source + start * width, target + start * width, (int)count, width, eps);
            _wide.Affine(target + start * width, (int)count, width, weights, biases);
        });
        return y;
    }

    public Tensor RmsNorm(Tensor x, float eps, Tensor weight)
    {
        ShapeRules.LastAxis(x.Shape, weight.Shape);
        var width = x.Shape[-1];
        var source = Data(x);
        var weights = Data(weight);
        var y = Allocate(x.Shape);
        var target = y.Pointer;
        ForRanges(Rows(x.Shape), width, (start, count, _) => _wide.RmsNorm(source + start * width, target + start * width, (int)count, width, eps, weights));
        return y;
    }

    public Tensor ChannelNorm(Tensor x, Tensor gamma, Activation activation)
    {
        ShapeRules.LastAxis(x.Shape, gamma.Shape);
        var width = x.Shape[-1];
        var kernels = KernelsFor(width);
        var source = Data(x);
        var gammas = Data(gamma);
        var y = Allocate(x.Shape);
        var target = y.Pointer;
        ForRanges(Rows(x.Shape), width, (start, count, _) => kernels.ChannelNorm(source + start * width, target + start * width, (int)count, width, gammas, activation));
        return y;
    }

    public Tensor Rope(Tensor x, Tensor cos, Tensor sin)
    {
        ShapeRules.Rope(x.Shape, cos.Shape, sin.Shape);
        var (items, tokens, heads, headDim) = (x.Shape[0], x.Shape[1], x.Shape[2], x.Shape[3]);
        var turned = cos.Shape[0];
        var source = Data(x);
        var cosines = Data(cos);
        var sines = Data(sin);
        var y = Allocate(x.Shape);
        var size = (long)heads * headDim;
        var target = y.Pointer;
        try
        {
            using var scratch = _arena.Rent(2L * headDim * _pool.Workers);
            var memory = scratch.Pointer;
            for (var b = 0; b < items; b++)
            {
                var first = (long)b * tokens * size;
                ForRanges(turned, size, (start, count, worker) => _wide.Rope(
                    source + first + start * size, target + first + start * size, (int)count, heads, headDim,
                    cosines + start * headDim / 2, sines + start * headDim / 2, memory + worker * 2L * headDim));
                Copy(source + first + turned * size, target + first + turned * size, (tokens - turned) * size);
            }

            return y;
        }
        catch
        {
            y.Dispose();
            throw;
        }
    }

    private static long Rows(Shape shape) => Require.Count(shape, 0, shape.Rank - 1);
}
