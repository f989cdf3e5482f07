using System.Runtime.CompilerServices;

namespace LoadLab.Tensors;

/// <summary>The kernels, written once and compiled for each width.</summary>
internal sealed unsafe partial class KernelSet<TOps, TV> : KernelSet
    where TOps : struct, IVectorOps<TV>
    where TV : struct
{
    private const int MaxTileRows = 12;
    private const int MaxTileFloats = MaxTileRows * 32;

    public override int Width => TOps.Width;

    // Two vectors across take 24 accumulators in 12 rows; only AVX-512 is sure to have the registers.
    public override int TileRows(int vectors) => vectors == 2 && TOps.Width < 16 ? 6 : MaxTileRows;

    /// <summary>Computes a whole tile; rows past those asked for are read and written too, up to <see cref="TileRows"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Tile(int vectors, int rows, float* a, nint rowStride, nint* taps, int tapCount, int depth, float* b, float* c, nint cStride)
    {
        if (vectors == 2)
        {
            if (rows == 1)
            {
                Tile1x2(a, rowStride, taps, tapCount, depth, b, c, cStride);
            }
            else if (rows <= 6 || TOps.Width < 16)
            {
                Tile6x2(a, rowStride, taps, tapCount, depth, b, c, cStride);
            }
            else
            {
                Tile12x2(a, rowStride, taps, tapCount, depth, b, c, cStride);
            }
        }
        else if (rows == 1)
        {
            Tile1x1(a, rowStride, taps, tapCount, depth, b, c, cStride);
        }
        else
        {
            Tile12x1(a, rowStride, taps, tapCount, depth, b, c, cStride);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TV LoadUpTo(float* p, int count) => count >= TOps.Width ? TOps.Load(p) : TOps.LoadPartial(p, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreUpTo(float* p, TV v, int count)
    {
        if (count >= TOps.Width)
        {
            TOps.Store(p, v);
        }
        else
        {
            TOps.StorePartial(p, v, count);
        }
    }
}
