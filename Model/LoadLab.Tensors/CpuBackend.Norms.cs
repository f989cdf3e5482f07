namespace LoadLab.Tensors;

public sealed unsafe partial class CpuBackend
{
    public Tensor LayerNormModulated(Tensor x, float eps, Tensor? scale, Tensor? shift, ReadOnlySpan<int> rowIndex = default)
    {
        Require.Rank(x.Shape, 3, "(B, L, d)");
        var width = x.Shape[2];
        Require.That(scale is null || shift is null || scale.Shape == shift.Shape, "scale and shift must have equal shapes", scale?.Shape ?? default, shift?.Shape ?? default);
        CheckRows(x.Shape, scale ?? shift, rowIndex);
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
        CheckLastAxis(x.Shape, weight.Shape);
        CheckLastAxis(x.Shape, bias.Shape);
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
        CheckLastAxis(x.Shape, weight.Shape);
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
        CheckLastAxis(x.Shape, gamma.Shape);
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
        Require.Rank(x.Shape, 4, "(B, L, H, D)");
        Require.Same(cos.Shape, sin.Shape);
        var (items, tokens, heads, headDim) = (x.Shape[0], x.Shape[1], x.Shape[2], x.Shape[3]);
        Require.That(
            headDim % 2 == 0 && cos.Shape.Rank == 2 && cos.Shape[0] <= tokens && cos.Shape[1] * 2 == headDim,
            "the table must be (at most L, D / 2) with D even", x.Shape, cos.Shape);
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

    private static void CheckLastAxis(Shape shape, Shape weight) =>
        Require.That(shape.Rank > 0 && weight.Rank == 1 && weight[0] == shape[-1], "the weight must have one value for each of the last axis", shape, weight);

    /// <summary>A table of rows (R, d) and an index into it for each token of (B, L, d).</summary>
    private static void CheckRows(Shape shape, Tensor? table, ReadOnlySpan<int> rowIndex)
    {
        Require.That(rowIndex.IsEmpty || rowIndex.Length == Rows(shape), $"{rowIndex.Length} row numbers were given for the tokens", shape);
        if (table is null)
        {
            return;
        }

        Require.That(table.Shape.Rank == 2 && table.Shape[0] > 0 && table.Shape[1] == shape[2], "the rows must be (R, d)", shape, table.Shape);
        foreach (var row in rowIndex)
        {
            Require.That(row >= 0 && row < table.Shape[0], $"row {row} does not exist", table.Shape);
        }
    }
}
