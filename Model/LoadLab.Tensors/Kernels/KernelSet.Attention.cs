using System.Runtime.CompilerServices;

namespace LoadLab.Tensors;

// Softmax over blocks of keys with a running maximum and sum, so that only a block of logits exists at a time (Dao et al., FlashAttention, arXiv 2205.14135, algorithm 1):
//   m' = max(m, max s), c = exp(m - m'), sum = c sum + Σ exp(s - m'), y = c y + Σ exp(s - m') v; at the end y / sum.
internal sealed unsafe partial class KernelSet<TOps, TV>
{
    private const int KeyBlock = 256;
    private const int LogitStride = KeyBlock + 16;

    public override int AttendRows => 48;

    public override long AttendScratch(in AttentionJob job) =>
        (long)AttendRows * (QueryStride(job.HeadDim) + LogitStride + ValueColumns(job.HeadDim) + 2);

    public override void Attend(in AttentionJob job, int item, int head, int start, int count, float* scratch)
    {
        var queries = scratch;
        var logits = queries + AttendRows * QueryStride(job.HeadDim);
        var sums = logits + AttendRows * LogitStride;
        var maxima = sums + AttendRows * ValueColumns(job.HeadDim);
        var totals = maxima + AttendRows;
        LoadQueries(job, item, head, start, count, queries);
        new Span<float>(sums, AttendRows * ValueColumns(job.HeadDim)).Clear();
        new Span<float>(maxima, AttendRows).Fill(float.NegativeInfinity);
        new Span<float>(totals, AttendRows).Clear();

        // No key left to attend to: every logit is the same lowest number, so the softmax is even over all keys.
        var length = job.KeyLengths == null ? job.Keys : job.KeyLengths[item];
        var keys = length == 0 ? job.Keys : length;
        for (var k = 0; k < keys; k += KeyBlock)
        {
            var block = Math.Min(KeyBlock, keys - k);
            if (length == 0)
            {
                new Span<float>(logits, AttendRows * LogitStride).Clear();
            }
            else
            {
                Logits(job, item, head, count, queries, k, block, logits);
                AddBias(job, head, start, count, k, block, logits);
            }

            for (var r = 0; r < count; r++)
            {
                SoftmaxRow(logits + r * LogitStride, block, ref maxima[r], ref totals[r], sums + r * ValueColumns(job.HeadDim), ValueColumns(job.HeadDim));
            }

            AddValues(job, item, head, count, k, block, logits, sums);
        }

        StoreRows(job, item, head, start, count, sums, totals);
    }

    private static int QueryStride(int headDim) => headDim + 16;

    private static int ValueVectors(int headDim) => headDim <= TOps.Width ? 1 : 2;

    private static int ValueColumns(int headDim)
    {
        var columns = ValueVectors(headDim) * TOps.Width;
        return (headDim + columns - 1) / columns * columns;
    }

    private static void LoadQueries(in AttentionJob job, int item, int head, int start, int count, float* queries)
    {
        new Span<float>(queries, 48 * QueryStride(job.HeadDim)).Clear();
        var scale = TOps.Splat(job.Scale);
        for (var r = 0; r < count; r++, queries += QueryStride(job.HeadDim))
        {
            var source = job.Q + (((nint)item * job.Queries + start + r) * job.Heads + head) * job.HeadDim;
            for (var d = 0; d < job.HeadDim; d += TOps.Width)
            {
                StoreUpTo(queries + d, TOps.Multiply(LoadUpTo(source + d, job.HeadDim - d), scale), job.HeadDim - d);
            }
        }
    }

    private void Logits(in AttentionJob job, int item, int head, int count, float* queries, int firstKey, int keys, float* logits)
    {
        var columns = 2 * TOps.Width;
        var tileRows = TileRows(2);
        nint noOffset = 0;
        var panels = ((nint)job.Keys + columns - 1) / columns;
        var packed = job.PackedKeys + ((item % job.KeyItems * job.Heads + head) * panels + firstKey / columns) * job.HeadDim * columns;
        for (var j = 0; j < keys; j += columns, packed += job.HeadDim * columns)
        {
            for (var r = 0; r < count; r += tileRows)
            {
                Tile(2, Math.Min(tileRows, count - r), queries + r * QueryStride(job.HeadDim), QueryStride(job.HeadDim), &noOffset, 1, job.HeadDim, packed, logits + r * LogitStride + j, LogitStride);
            }
        }
    }

    private static void AddBias(in AttentionJob job, int head, int start, int count, int firstKey, int keys, float* logits)
    {
        if (job.Bias == null)
        {
            return;
        }

        for (var r = 0; r < count; r++, logits += LogitStride)
        {
            var bias = job.Bias + ((nint)head * job.Queries + start + r) * job.Keys + firstKey;
            for (var j = 0; j < keys; j += TOps.Width)
            {
                TOps.Store(logits + j, TOps.Add(TOps.Load(logits + j), LoadUpTo(bias + j, keys - j)));
            }
        }
    }

    /// <summary>Turns a row of logits into weights and rescales what was summed under the old maximum.</summary>
    private static void SoftmaxRow(float* logits, int keys, ref float maximum, ref float total, float* sums, int columns)
    {
        // Lanes past the last key take part as minus infinity: weight zero.
        for (var j = keys; j % TOps.Width != 0; j++)
        {
            logits[j] = float.NegativeInfinity;
        }

        var best = TOps.Splat(maximum);
        for (var j = 0; j < keys; j += TOps.Width)
        {
            best = TOps.Max(TOps.Load(logits + j), best);
        }

        var newMaximum = TOps.Largest(best);
        var sum = ExpRow(logits, keys, newMaximum);
        var keep = maximum == newMaximum ? 1 : MathF.Exp(maximum - newMaximum);
        total = total * keep + sum;
        maximum = newMaximum;
        if (keep != 1)
        {
            var factor = TOps.Splat(keep);
            for (var d = 0; d < columns; d += TOps.Width)
            {
                TOps.Store(sums + d, TOps.Multiply(TOps.Load(sums + d), factor));
            }
        }
    }

    /// <summary>Logits less the maximum to their exponentials; gives the sum. By itself, so that the sum stays in a register.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float ExpRow(float* logits, int keys, float maximum)
    {
        var shift = TOps.Splat(maximum);
        var sum = TOps.Splat(0);
        for (var j = 0; j < keys; j += TOps.Width)
        {
            var weight = ExpUpToZero(TOps.Subtract(TOps.Load(logits + j), shift));
            TOps.Store(logits + j, weight);
            sum = TOps.Add(sum, weight);
        }

        return TOps.Sum(sum);
    }

    private void AddValues(in AttentionJob job, int item, int head, int count, int firstKey, int keys, float* weights, float* sums)
    {
        var vectors = ValueVectors(job.HeadDim);
        var columns = vectors * TOps.Width;
        var total = ValueColumns(job.HeadDim);
        var tileRows = TileRows(vectors);
        var tile = stackalloc float[MaxTileFloats];
        nint noOffset = 0;
        for (var d = 0; d < total; d += columns)
        {
            var packed = job.PackedValues + ((nint)(item % job.KeyItems * job.Heads + head) * total / columns * job.Keys + (nint)(d / columns) * job.Keys + firstKey) * columns;
            for (var r = 0; r < count; r += tileRows)
            {
                var rows = Math.Min(tileRows, count - r);
                Tile(vectors, rows, weights + r * LogitStride, LogitStride, &noOffset, 1, keys, packed, tile, columns);
                AddTile(tile, rows, columns, sums + (nint)r * total + d, total);
            }
        }
    }

    private static void AddTile(float* tile, int rows, int columns, float* target, nint stride)
    {
        for (var r = 0; r < rows; r++, tile += columns, target += stride)
        {
            for (var j = 0; j < columns; j += TOps.Width)
            {
                TOps.Store(target + j, TOps.Add(TOps.Load(target + j), TOps.Load(tile + j)));
            }
        }
    }

    private static void StoreRows(in AttentionJob job, int item, int head, int start, int count, float* sums, float* totals)
    {
        for (var r = 0; r < count; r++, sums += ValueColumns(job.HeadDim))
        {
            var target = job.Y + (((nint)item * job.Queries + start + r) * job.Heads + head) * job.HeadDim;
            var total = TOps.Splat(totals[r]);
            for (var d = 0; d < job.HeadDim; d += TOps.Width)
            {
                StoreUpTo(target + d, TOps.Divide(TOps.Load(sums + d), total), job.HeadDim - d);
            }
        }
    }
}
