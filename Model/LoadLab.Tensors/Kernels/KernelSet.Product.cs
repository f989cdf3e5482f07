namespace LoadLab.Tensors;

internal sealed unsafe partial class KernelSet<TOps, TV>
{
    // A slice of 512 of the depth: 64 KiB of a panel of 32 columns, which stays in the second-level cache while all row tiles of the block pass over it. Every further
    // slice costs a pass over the result.
    private const int DepthBlock = 512;

    // Sixteen floats past a large power of two, so that the rows of a tile fall into different cache sets.
    private const int RowStride = DepthBlock + 16;

    public override long ProductScratch(int rows) => (long)(rows + MaxTileRows) * RowStride;

    public override void Product(in ProductJob job, int rowStart, int rows, int panelStart, int panelEnd, float* scratch)
    {
        var right = job.Right;
        var (columns, tileRows) = (right.Columns, TileRows(right.Vectors));
        var tile = stackalloc float[MaxTileFloats];
        nint noOffset = 0;
        for (var k = 0; k < right.Depth; k += DepthBlock)
        {
            var depth = Math.Min(DepthBlock, right.Depth - k);
            CopyRows(job.A + rowStart * job.AStride + k, job.AStride, rows, depth, scratch, tileRows);
            for (var p = panelStart; p < panelEnd; p++)
            {
                var b = right.Values + ((long)p * right.Depth + k) * columns;
                for (var r = 0; r < rows; r += tileRows)
                {
                    var tileHeight = Math.Min(tileRows, rows - r);
                    Tile(right.Vectors, tileHeight, scratch + r * RowStride, RowStride, &noOffset, 1, depth, b, tile, columns);
                    var c = job.C + (rowStart + r) * job.CStride + p * columns;
                    FinishTile(job, tile, tileHeight, c, p, k > 0, k + depth == right.Depth);
                }
            }
        }
    }

    /// <summary>Rows side by side at the scratch's stride, with zero rows up to a whole tile.</summary>
    private static void CopyRows(float* a, nint stride, int rows, int depth, float* scratch, int tileRows)
    {
        for (var r = 0; r < rows; r++)
        {
            new ReadOnlySpan<float>(a + r * stride, depth).CopyTo(new Span<float>(scratch + (nint)r * RowStride, depth));
        }

        for (var r = rows; r % tileRows != 0; r++)
        {
            new Span<float>(scratch + (nint)r * RowStride, depth).Clear();
        }
    }

    private static void FinishTile(in ProductJob job, float* tile, int rows, float* c, int panel, bool accumulate, bool last)
    {
        var columns = job.Right.Columns;
        var count = Math.Min(columns, job.Right.TotalColumns - panel * columns);
        var bias = last && job.Right.Bias != null ? job.Right.Bias + panel * columns : null;
        for (var r = 0; r < rows; r++, tile += columns, c += job.CStride)
        {
            for (var j = 0; j < count; j += TOps.Width)
            {
                var left = count - j;
                var v = TOps.Load(tile + j);
                if (accumulate)
                {
                    v = TOps.Add(v, LoadUpTo(c + j, left));
                }

                if (bias != null)
                {
                    v = TOps.Add(v, TOps.Load(bias + j));
                }

                if (last)
                {
                    v = Apply(job.Activation, v);
                }

                StoreUpTo(c + j, v, left);
            }
        }
    }
}
