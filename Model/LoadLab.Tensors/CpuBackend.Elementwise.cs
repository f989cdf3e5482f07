namespace LoadLab.Tensors;

public sealed unsafe partial class CpuBackend
{
    public Tensor Activate(Tensor x, Activation activation)
    {
        var source = Data(x);
        var y = Allocate(x.Shape);
        var target = y.Pointer;
        ForRanges(x.Shape.Count, 1, (start, count, _) => _wide.Activate(source + start, target + start, count, activation));
        return y;
    }

    public Tensor Add(Tensor a, Tensor b) => Repeating(a, b, (x, y, z, count) => _wide.Add((float*)x, (float*)y, (float*)z, count));

    public Tensor Multiply(Tensor a, Tensor b) => Repeating(a, b, (x, y, z, count) => _wide.Multiply((float*)x, (float*)y, (float*)z, count));

    public Tensor Combine(float alpha, Tensor a, float beta, Tensor b)
    {
        Require.Same(a.Shape, b.Shape);
        var first = Data(a);
        var second = Data(b);
        var y = Allocate(a.Shape);
        var target = y.Pointer;
        ForRanges(a.Shape.Count, 1, (start, count, _) => _wide.Combine(alpha, first + start, beta, second + start, target + start, count));
        return y;
    }

    public void AddInPlace(Tensor x, Tensor y)
    {
        Require.Same(x.Shape, y.Shape);
        var target = Data(x);
        var source = Data(y);
        ForRanges(x.Shape.Count, 1, (start, count, _) => _wide.Add(target + start, source + start, target + start, count));
    }

    public void AddGatedInPlace(Tensor x, Tensor y, Tensor gate, ReadOnlySpan<int> rowIndex = default)
    {
        Require.Same(x.Shape, y.Shape);
        ShapeRules.Rows(x.Shape, gate.Shape, rowIndex);
        var width = x.Shape[2];
        var target = Data(x);
        var source = Data(y);
        var gates = Data(gate);
        fixed (int* index = rowIndex)
        {
            var rows = index;
            ForRanges(Rows(x.Shape), width, (start, count, _) =>
            {
                for (var r = start; r < start + count; r++)
                {
                    _wide.AddGated(target + r * width, source + r * width, gates + (rows == null ? 0 : (long)rows[r]) * width, width);
                }
            });
        }
    }

    public Tensor Clamp(Tensor x, float low, float high)
    {
        var source = Data(x);
        var y = Allocate(x.Shape);
        var target = y.Pointer;
        ForRanges(x.Shape.Count, 1, (start, count, _) => _wide.Clamp(source + start, target + start, count, low, high));
        return y;
    }

    /// <summary>An operation on a and on b repeated to a's size; addresses, because pointers cannot be type arguments.</summary>
    private CpuTensor Repeating(Tensor a, Tensor b, Action<nint, nint, nint, long> operation)
    {
        ShapeRules.Trailing(a.Shape, b.Shape);
        var (total, period) = (a.Shape.Count, b.Shape.Count);
        var first = Data(a);
        var second = Data(b);
        var y = Allocate(a.Shape);
        var target = y.Pointer;
        if (total == 0 || period == total)
        {
            ForRanges(total, 1, (start, count, _) => operation((nint)(first + start), (nint)(second + start), (nint)(target + start), count));
            return y;
        }

        try
        {
            // Short rows are laid out several times, so that the kernel runs over a few thousand elements at a time.
            var copies = Math.Clamp(4096 / period, 1, total / period);
            using var pattern = _arena.Rent(copies * period);
            var repeated = pattern.Pointer;
            for (var i = 0; i < copies; i++)
            {
                Copy(second, repeated + i * period, period);
            }

            var step = copies * period;
            ForRanges((total + step - 1) / step, step, (start, count, _) =>
            {
                for (var r = start; r < start + count; r++)
                {
                    operation((nint)(first + r * step), (nint)repeated, (nint)(target + r * step), Math.Min(step, total - r * step));
                }
            });
            return y;
        }
        catch
        {
            y.Dispose();
            throw;
        }
    }
}
