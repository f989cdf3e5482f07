namespace LoadLab.Tensors;

public sealed unsafe partial class CpuBackend
{
    public Tensor Attention(Tensor q, Tensor k, Tensor v, float scale, Tensor? bias = null, ReadOnlySpan<int> keyLengths = default)
    {
        Require.Rank(q.Shape, 4, "(B, L, H, D)");
        Require.Same(k.Shape, v.Shape);
        Require.That(
            k.Shape.Rank == 4 && (k.Shape[0] == q.Shape[0] || k.Shape[0] == 1) && k.Shape[2] == q.Shape[2] && k.Shape[3] == q.Shape[3] && k.Shape[1] > 0,
            "keys must be (B or 1, at least 1, H, D) of the queries", q.Shape, k.Shape);
        var (items, queries, heads, headDim) = (q.Shape[0], q.Shape[1], q.Shape[2], q.Shape[3]);
        var (keyItems, keys) = (k.Shape[0], k.Shape[1]);
        Require.That(bias is null || bias.Shape == new Shape(heads, queries, keys), $"the bias must be (H, Lq, Lk) = {new Shape(heads, queries, keys)}", bias?.Shape ?? default);
        Require.That(keyLengths.IsEmpty || keyLengths.Length == items, $"{keyLengths.Length} key lengths were given for the batch", q.Shape);
        foreach (var length in keyLengths)
        {
            Require.That(length >= 0 && length <= keys, $"a key length of {length} does not fit", k.Shape);
        }

        var columns = 2 * _wide.Width;
        var valueColumns = (headDim <= _wide.Width ? 1 : 2) * _wide.Width;
        var keyFloats = ((long)keys + columns - 1) / columns * columns * headDim;
        var valueFloats = ((long)headDim + valueColumns - 1) / valueColumns * valueColumns * keys;
        var y = Allocate(q.Shape);
        try
        {
            using var packed = _arena.Rent((keyFloats + valueFloats) * keyItems * heads);
            var packedKeys = packed.Pointer;
            var packedValues = packed.Pointer + keyFloats * keyItems * heads;
            var keySource = Data(k);
            var valueSource = Data(v);
            _pool.Run(keyItems * heads, (task, _) =>
            {
                var offset = ((long)(task / heads) * keys * heads + task % heads) * headDim;
                PackKeys(keySource + offset, keys, heads, headDim, packedKeys + task * keyFloats, columns);
                PackValues(valueSource + offset, keys, heads, headDim, packedValues + task * valueFloats, valueColumns);
            });
            fixed (int* lengths = keyLengths)
            {
                var job = new AttentionJob
                {
                    Q = Data(q), PackedKeys = packedKeys, PackedValues = packedValues, Bias = bias is null ? null : Data(bias), Y = y.Pointer,
                    Queries = queries, Keys = keys, Heads = heads, HeadDim = headDim, KeyItems = keyItems, Scale = scale, KeyLengths = lengths,
                };
                Attend(job, items);
            }

            return y;
        }
        catch
        {
            y.Dispose();
            throw;
        }
    }

    private void Attend(AttentionJob job, int items)
    {
        var rows = _wide.AttendRows;
        var blocks = (job.Queries + rows - 1) / rows;
        var scratchEach = _wide.AttendScratch(job);
        using var scratch = _arena.Rent(scratchEach * _pool.Workers);
        var memory = scratch.Pointer;
        _pool.Run(items * job.Heads * blocks, (task, worker) =>
        {
            var (pair, block) = (task / blocks, task % blocks);
            var start = block * rows;
            _wide.Attend(job, pair / job.Heads, pair % job.Heads, start, Math.Min(rows, job.Queries - start), memory + worker * scratchEach);
        });
    }

    /// <summary>Rows of keys (stride heads * headDim) become panels of (headDim, columns); missing keys are zeros.</summary>
    private static void PackKeys(float* source, int keys, int heads, int headDim, float* target, int columns)
    {
        for (var first = 0; first < keys; first += columns, target += (long)headDim * columns)
        {
            var count = Math.Min(columns, keys - first);
            for (var j = 0; j < columns; j++)
            {
                var key = source + ((long)first + j) * heads * headDim;
                for (var d = 0; d < headDim; d++)
                {
                    target[d * columns + j] = j < count ? key[d] : 0;
                }
            }
        }
    }

    /// <summary>Rows of values become panels of (keys, columns); missing columns are zeros.</summary>
    private static void PackValues(float* source, int keys, int heads, int headDim, float* target, int columns)
    {
        for (var first = 0; first < headDim; first += columns)
        {
            var count = Math.Min(columns, headDim - first);
            for (var j = 0; j < keys; j++, target += columns)
            {
                Copy(source + (long)j * heads * headDim + first, target, count);
                Clear(target + count, columns - count);
            }
        }
    }
}
