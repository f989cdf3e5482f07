using LoadLab.Tensors;
using Native = TorchSharp.torch.Tensor;
using Torch = TorchSharp.torch;

namespace LoadLab.Model.TorchSharp;

public sealed partial class TorchBackend
{
    /// <summary>A view: no bytes are copied or counted anew.</summary>
    public Tensor Reshape(Tensor x, Shape shape)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Require.That(x.Shape.Count == shape.Count, "the counts must be equal", x.Shape, shape);
        var source = Own(x);
        var view = Scoped(0, () => source.Native.view(Extents(shape)).DetachFromDisposeScope());
        return new TorchTensor(shape, source.Type, view, source.Lease.Share());
    }

    public Tensor Permute(Tensor x, ReadOnlySpan<int> order)
    {
        var shape = ShapeRules.Permuted(x.Shape, order);
        var source = Own(x);
        long[] axes = [.. order];
        return Make(shape, source.Type, () => Copied(source.Native.permute(axes)));
    }

    public Tensor Slice(Tensor x, int axis, int start, int length)
    {
        axis = Require.Axis(x.Shape, axis);
        Require.That(start >= 0 && length >= 0 && (long)start + length <= x.Shape[axis], $"[{start}, {start} + {length}) leaves axis {axis}", x.Shape);
        int[] extents = [.. x.Shape.Extents];
        extents[axis] = length;
        var source = Own(x);
        return Make(new Shape(extents), source.Type, () => Copied(source.Native.narrow(axis, start, length)));
    }

    public Tensor Concat(ReadOnlySpan<Tensor> parts, int axis)
    {
        var shape = ShapeRules.Concat(parts, axis);
        var own = new TorchTensor[parts.Length];
        for (var i = 0; i < own.Length; i++)
        {
            own[i] = Own(parts[i]);
        }

        var type = Array.TrueForAll(own, part => part.Type == own[0].Type) ? own[0].Type : ElementType.Float32;
        return Make(shape, type, () => Torch.cat([.. own.Select(part => part.Native.to(Scalars(type)))], Require.Axis(shape, axis)));
    }

    public Tensor Gather(Tensor table, ReadOnlySpan<int> indices)
    {
        Require.Rank(table.Shape, 2, "(N, d)");
        foreach (var index in indices)
        {
            Require.That(index >= 0 && index < table.Shape[0], $"row {index} does not exist", table.Shape);
        }

        var source = Own(table);
        var rows = indices.ToArray();
        return Make(new Shape(rows.Length, table.Shape[1]), source.Type, () => source.Native.index_select(0, Index(rows)));
    }

    public Tensor UpsampleNearest2(Tensor x)
    {
        Require.Rank(x.Shape, 5, "(B, T, H, W, C)");
        var source = Own(x);
        var (frames, height, width, channels) = ((long)x.Shape[0] * x.Shape[1], x.Shape[2], x.Shape[3], x.Shape[4]);
        return Make(
            new Shape(x.Shape[0], x.Shape[1], 2 * height, 2 * width, channels), source.Type,
            () => source.Native.view(frames, height, 1, width, 1, channels).expand(frames, height, 2, width, 2, channels).contiguous()
                .view(x.Shape[0], x.Shape[1], 2L * height, 2L * width, channels));
    }

    /// <summary>A copy in row-major order. Of a view that happens to be in order libtorch would give the view itself.</summary>
    private static Native Copied(Native view) => view.is_contiguous() ? view.clone() : view.contiguous();
}
