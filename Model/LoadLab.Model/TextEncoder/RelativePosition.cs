using LoadLab.Tensors;

namespace LoadLab.Model.TextEncoder;

/// <summary>T5's bidirectional relative position buckets and the bias looked up by them.</summary>
internal static class RelativePosition
{
    /// <summary>
    /// Bucket of relative = key index - query index. Half of the buckets is for positive distances; within a half the first half is exact,
    /// the rest logarithmic up to <paramref name="maxDistance"/>. Logarithms in float32, as the reference takes them.
    /// </summary>
    public static int Bucket(int relative, int buckets, int maxDistance)
    {
        var half = buckets / 2;
        var exact = half / 2;
        var side = relative > 0 ? half : 0;
        var distance = Math.Abs(relative);
        if (distance < exact)
        {
            return side + distance;
        }

        var scaled = MathF.Log((float)distance / exact) / (float)Math.Log((double)maxDistance / exact) * (half - exact);
        return side + Math.Min(half - 1, exact + (int)scaled);
    }

    /// <summary>Buckets of all pairs, row-major (queries, keys).</summary>
    public static int[] Buckets(int queries, int keys, int buckets, int maxDistance)
    {
        var result = new int[queries * keys];
        for (var q = 0; q < queries; q++)
        {
            for (var k = 0; k < keys; k++)
            {
                result[(q * keys) + k] = Bucket(k - q, buckets, maxDistance);
            }
        }

        return result;
    }

    /// <summary>Attention bias (heads, queries, keys) from a table (buckets, heads).</summary>
    public static Tensor Bias(ITensorBackend backend, Tensor table, int[] buckets, int queries, int keys)
    {
        using var rows = backend.Gather(table, buckets);
        using var square = backend.Reshape(rows, new Shape(queries, keys, table.Shape[1]));
        return backend.Permute(square, [2, 0, 1]);
    }
}
