namespace LoadLab.Tensors;

/// <summary>What shapes each operation of <see cref="ITensorBackend"/> takes, the same on every backend; messages name our axes and layouts.</summary>
internal static class ShapeRules
{
    /// <summary>Counts of values given for a weight (outputs, inputs, taps) and its bias, which may be absent.</summary>
    public static void Weight(int weights, int biases, int outputs, int inputs, int taps)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(outputs);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(inputs);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(taps);
        Require.That(weights == (long)outputs * inputs * taps, $"{weights} values were given for the weight", new Shape(outputs, inputs, taps));
        Require.That(biases == 0 || biases == outputs, $"{biases} values were given for the bias", new Shape(outputs));
    }

    /// <summary>Product of the extents, each above zero.</summary>
    public static int Taps(int kernelTime, int kernelHeight, int kernelWidth)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(kernelTime);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(kernelHeight);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(kernelWidth);
        return checked(kernelTime * kernelHeight * kernelWidth);
    }

    public static void Attention(Shape q, Shape k, Shape v, Shape? bias, ReadOnlySpan<int> keyLengths)
    {
        Require.Rank(q, 4, "(B, L, H, D)");
        Require.Same(k, v);
        Require.That(
            k.Rank == 4 && (k[0] == q[0] || k[0] == 1) && k[2] == q[2] && k[3] == q[3] && k[1] > 0,
            "keys must be (B or 1, at least 1, H, D) of the queries", q, k);
        var expected = new Shape(q[2], q[1], k[1]);
        Require.That(bias is null || bias == expected, "the bias must be (H, Lq, Lk)", bias ?? expected, expected);
        Require.That(keyLengths.IsEmpty || keyLengths.Length == q[0], $"{keyLengths.Length} key lengths were given for the batch", q);
        foreach (var length in keyLengths)
        {
            Require.That(length >= 0 && length <= k[1], $"a key length of {length} does not fit", k);
        }
    }

    /// <summary>The result's shape.</summary>
    public static Shape Convolution(Shape x, ConvolutionWeight weight, int padTimeBefore, int padHeight, int padWidth)
    {
        Require.Rank(x, 5, "(B, T, H, W, C)");
        Require.That(x[4] == weight.InChannels, $"the last axis must be {weight.InChannels}", x);
        ArgumentOutOfRangeException.ThrowIfNegative(padTimeBefore);
        ArgumentOutOfRangeException.ThrowIfNegative(padHeight);
        ArgumentOutOfRangeException.ThrowIfNegative(padWidth);
        var time = x[1] + padTimeBefore - weight.KernelTime + 1;
        var height = x[2] + 2 * padHeight - weight.KernelHeight + 1;
        var width = x[3] + 2 * padWidth - weight.KernelWidth + 1;
        Require.That(
            time >= 1 && height >= 1 && width >= 1, "the padded input must be at least as large as the kernel", x, new Shape(weight.KernelTime, weight.KernelHeight, weight.KernelWidth));
        return new Shape(x[0], time, height, width, weight.OutChannels);
    }

    public static void LastAxis(Shape x, Shape weight) =>
        Require.That(x.Rank > 0 && weight.Rank == 1 && weight[0] == x[-1], "the weight must have one value for each of the last axis", x, weight);

    /// <summary>A table of rows (R, d) and an index into it for each token of (B, L, d).</summary>
    public static void Rows(Shape x, Shape? table, ReadOnlySpan<int> rowIndex)
    {
        Require.Rank(x, 3, "(B, L, d)");
        Require.That(rowIndex.IsEmpty || rowIndex.Length == Require.Count(x, 0, 2), $"{rowIndex.Length} row numbers were given for the tokens", x);
        if (table is not { } rows)
        {
            return;
        }

        Require.That(rows.Rank == 2 && rows[0] > 0 && rows[1] == x[2], "the rows must be (R, d)", x, rows);
        foreach (var row in rowIndex)
        {
            Require.That(row >= 0 && row < rows[0], $"row {row} does not exist", rows);
        }
    }

    public static void Rope(Shape x, Shape cos, Shape sin)
    {
        Require.Rank(x, 4, "(B, L, H, D)");
        Require.Same(cos, sin);
        Require.That(
            x[3] % 2 == 0 && cos.Rank == 2 && cos[0] <= x[1] && cos[1] * 2 == x[3], "the table must be (at most L, D / 2) with D even", x, cos);
    }

    public static void Trailing(Shape a, Shape b) => Require.That(
        b.Rank <= a.Rank && a.Extents[^b.Rank..].SequenceEqual(b.Extents), "the second shape must be the first or a trailing part of it", a, b);

    /// <summary>The shape of parts joined on an axis.</summary>
    public static Shape Concat(ReadOnlySpan<Tensor> parts, int axis)
    {
        Require.That(parts.Length > 0, "nothing to join");
        var first = parts[0].Shape;
        axis = Require.Axis(first, axis);
        int[] extents = [.. first.Extents];
        extents[axis] = 0;
        foreach (var part in parts)
        {
            Require.That(part.Shape.Rank == first.Rank, "the ranks must be equal", first, part.Shape);
            int[] same = [.. part.Shape.Extents];
            extents[axis] = checked(extents[axis] + same[axis]);
            same[axis] = first[axis];
            Require.That(first == new Shape(same), $"all axes but {axis} must be equal", first, part.Shape);
        }

        return new Shape(extents);
    }

    /// <summary>The shape of x with its axes in another order.</summary>
    public static Shape Permuted(Shape x, ReadOnlySpan<int> order)
    {
        Require.That(order.Length == x.Rank, "the order must name every axis once", x);
        var seen = new bool[order.Length];
        var extents = new int[order.Length];
        for (var i = 0; i < order.Length; i++)
        {
            Require.That(order[i] >= 0 && order[i] < x.Rank && !seen[order[i]], "the order must name every axis once", x);
            seen[order[i]] = true;
            extents[i] = x[order[i]];
        }

        return new Shape(extents);
    }
}
