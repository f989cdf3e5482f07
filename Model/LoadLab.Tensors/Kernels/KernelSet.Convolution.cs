namespace LoadLab.Tensors;

internal sealed unsafe partial class KernelSet<TOps, TV>
{
    public override void Convolve(in ConvolutionJob job, int start, int count)
    {
        var right = job.Right;
        var (columns, tileRows) = (right.Columns, TileRows(right.Vectors));
        var tile = stackalloc float[MaxTileFloats];
        for (var panel = 0; panel < right.Count; panel++)
        {
            var b = right.Values + (long)panel * right.Depth * columns;
            for (var p = start; p < start + count; p += tileRows)
            {
                var rows = Math.Min(tileRows, start + count - p);
                Tile(right.Vectors, rows, job.Padded + p * job.PixelStride, job.PixelStride, job.Taps, job.TapCount, job.TapDepth, b, tile, columns);
                StorePixels(job, tile, p, rows, panel);
            }
        }
    }

    private static void StorePixels(in ConvolutionJob job, float* tile, int pixel, int rows, int panel)
    {
        var columns = job.Right.Columns;
        var count = Math.Min(columns, job.Right.TotalColumns - panel * columns);
        var bias = job.Right.Bias == null ? null : job.Right.Bias + panel * columns;
        var (y, x) = Math.DivRem(pixel, job.PaddedWidth);
        for (var r = 0; r < rows; r++, tile += columns, x++)
        {
            if (x == job.PaddedWidth)
            {
                (x, y) = (0, y + 1);
            }

            if (x >= job.Width)
            {
                continue;
            }

            var target = job.Frame + ((nint)y * job.Width + x) * job.Right.TotalColumns + panel * columns;
            for (var j = 0; j < count; j += TOps.Width)
            {
                var v = TOps.Load(tile + j);
                StoreUpTo(target + j, bias == null ? v : TOps.Add(v, TOps.Load(bias + j)), count - j);
            }
        }
    }
}
