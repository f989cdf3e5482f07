namespace LoadLab.Tensors;

public sealed unsafe partial class CpuBackend
{
    public Tensor Attention(Tensor q, Tensor k, Tensor v, float scale, Tensor? bias = null, ReadOnlySpan<int> keyLengths = default)
    {
        ShapeRules.Attention(q.Shape, k.Shape, v.Shape, bias?.Shape, keyLengths);
        var y = Allocate(q.Shape);
        try
        {
            fixed (int* lengths = keyLengths)
            {
                var job = new AttentionJob
                {
                    Q = Data(q), Bias = bias is null ? null : Data(bias), Y = y.Pointer, Queries = q.Shape[1], Keys = k.Shape[1],
                    Heads = q.Shape[2], HeadDim = q.Shape[3], KeyItems = k.Shape[0], Scale = scale, KeyLengths = lengths,
                };
                using var packed = PackKeysAndValues(ref job, Data(k), Data(v));
                Attend(job, q.Shape[0]);
            }

            return y;
        }
        catch
        {
            y.Dispose();
            throw;
        }
    }

    /// <summary>Lays keys and values out as the kernels read them, every head by itself.</summary>
    private Block PackKeysAndValues(ref AttentionJob job, float* k, float* v)
    {
        var (keys, heads, headDim) = (job.Keys, job.Heads, job.HeadDim);
        var columns = 2 * _wide.Width;
        var valueColumns = (headDim <= _wide.Width ? 1 : 2) * _wide.Width;
        var keyFloats = ((long)keys + columns - 1) / columns * columns * headDim;
        var valueFloats = ((long)headDim + valueColumns - 1) / valueColumns * valueColumns * keys;
        var pairs = job.KeyItems * heads;
        var packed = _arena.Rent((keyFloats + valueFloats) * pairs);
        var packedKeys = packed.Pointer;
        var packedValues = packedKeys + keyFloats * pairs;
        _pool.Run(pairs, (task, _) =>
        {
            var offset = ((long)(task / heads) * keys * heads + task % heads) * headDim;
            PackKeys(k + offset, keys, heads, headDim, packedKeys + task * keyFloats, columns);
            PackValues(v + offset, keys, heads, headDim, packedValues + task * valueFloats, valueColumns);
        });
        job.PackedKeys = packedKeys;
        job.PackedValues = packedValues;
        return packed;
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
