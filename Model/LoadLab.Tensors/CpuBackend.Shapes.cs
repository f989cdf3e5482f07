namespace LoadLab.Tensors;

public sealed unsafe partial class CpuBackend
{
    public Tensor Reshape(Tensor x, Shape shape)
    {
        Require.That(x.Shape.Count == shape.Count, "the counts must be equal", x.Shape, shape);
        return new CpuTensor(shape, Own(x).Block.Share());
    }

    public Tensor Slice(Tensor x, int axis, int start, int length)
    {
        axis = Require.Axis(x.Shape, axis);
        Require.That(start >= 0 && length >= 0 && (long)start + length <= x.Shape[axis], $"[{start}, {start} + {length}) leaves axis {axis}", x.Shape);
        int[] extents = [.. x.Shape.Extents];
        extents[axis] = length;
        var inner = Require.Count(x.Shape, axis + 1, x.Shape.Rank);
        var source = Data(x) + start * inner;
        var y = Allocate(new Shape(extents));
        MoveRows(source, x.Shape[axis] * inner, y.Pointer, length * inner, Require.Count(x.Shape, 0, axis), length * inner);
        return y;
    }

    public Tensor Concat(ReadOnlySpan<Tensor> parts, int axis)
    {
        var shape = ShapeRules.Concat(parts, axis);
        axis = Require.Axis(shape, axis);
        foreach (var part in parts)
        {
            _ = Data(part);
        }

        var y = Allocate(shape);
        var inner = Require.Count(shape, axis + 1, shape.Rank);
        var target = y.Pointer;
        foreach (var part in parts)
        {
            var width = part.Shape[axis] * inner;
            MoveRows(Data(part), width, target, shape[axis] * inner, Require.Count(shape, 0, axis), width);
            target += width;
        }

        return y;
    }

    public Tensor Gather(Tensor table, ReadOnlySpan<int> indices)
    {
        Require.Rank(table.Shape, 2, "(N, d)");
        foreach (var index in indices)
        {
            Require.That(index >= 0 && index < table.Shape[0], $"row {index} does not exist", table.Shape);
        }

        var width = table.Shape[1];
        var source = Data(table);
        var y = Allocate(new Shape(indices.Length, width));
        for (var i = 0; i < indices.Length; i++)
        {
            Copy(source + (long)indices[i] * width, y.Pointer + (long)i * width, width);
        }

        return y;
    }

    public Tensor UpsampleNearest2(Tensor x)
    {
        Require.Rank(x.Shape, 5, "(B, T, H, W, C)");
        var (width, channels) = (x.Shape[3], x.Shape[4]);
        var source = Data(x);
        var y = Allocate(new Shape(x.Shape[0], x.Shape[1], 2 * x.Shape[2], 2 * width, channels));
        var target = y.Pointer;
        var row = (long)width * channels;
        ForRanges(Require.Count(x.Shape, 0, 3), 4 * row, (start, count, _) =>
        {
            for (var r = start; r < start + count; r++)
            {
                var from = source + r * row;
                var to = target + r * 4 * row;
                for (var p = 0; p < width; p++, from += channels)
                {
                    Copy(from, to + 2L * p * channels, channels);
                    Copy(from, to + (2L * p + 1) * channels, channels);
                }

                Copy(to, to + 2 * row, 2 * row);
            }
        });
        return y;
    }

    /// <summary>Copies so many rows of a width between two strides.</summary>
    private void MoveRows(float* from, long fromStride, float* to, long toStride, long rows, long width) => ForRanges(rows, width, (start, count, _) =>
    {
        for (var r = start; r < start + count; r++)
        {
            Copy(from + r * fromStride, to + r * toStride, width);
        }
    });
}
