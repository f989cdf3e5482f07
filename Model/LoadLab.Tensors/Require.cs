namespace LoadLab.Tensors;

/// <summary>Shape checks; each failure names the shapes it saw.</summary>
internal static class Require
{
    public static void That(bool condition, string rule, params ReadOnlySpan<Shape> shapes)
    {
        if (!condition)
        {
            throw new ArgumentException($"{rule}; got {string.Join(" and ", shapes.ToArray())}");
        }
    }

    public static void Same(Shape a, Shape b) => That(a == b, "the shapes must be equal", a, b);

    public static void Rank(Shape shape, int rank, string layout) => That(shape.Rank == rank, $"the tensor must be {layout}", shape);

    public static int Axis(Shape shape, int axis)
    {
        var index = axis < 0 ? shape.Rank + axis : axis;
        That(index >= 0 && index < shape.Rank, $"axis {axis} does not exist", shape);
        return index;
    }

    /// <summary>Product of extents [from, to).</summary>
    public static long Count(Shape shape, int from, int to)
    {
        long count = 1;
        for (var i = from; i < to; i++)
        {
            count *= shape[i];
        }

        return count;
    }
}
