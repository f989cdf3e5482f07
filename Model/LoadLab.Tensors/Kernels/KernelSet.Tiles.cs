using System.Runtime.CompilerServices;

namespace LoadLab.Tensors;

// The register-blocked inner products, R rows by 1 or 2 vectors of columns, written out because accumulators must be separate locals to stay in registers:
//   c[i, :] = sum over taps t, depth k of a[i * rowStride + taps[t] + k] * b[t * depth + k, :]
// 12 x 2 needs 27 of the 32 registers of AVX-512; 6 x 2 needs 15 of the 16 of AVX2 and SSE; so does 12 x 1 (14). Twelve independent sums hide the latency of the
// fused multiply-add (4 cycles, 2 a cycle). Each sum runs over depth in order, so an element's value does not depend on the tile that computed it.
internal sealed unsafe partial class KernelSet<TOps, TV>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile12x2(float* a, nint rowStride, nint* taps, int tapCount, int depth, float* b, float* c, nint columnsStride)
    {
        var w = TOps.Width;
        var c0a = TOps.Splat(0);
        var c0b = TOps.Splat(0);
        var c1a = TOps.Splat(0);
        var c1b = TOps.Splat(0);
        var c2a = TOps.Splat(0);
        var c2b = TOps.Splat(0);
        var c3a = TOps.Splat(0);
        var c3b = TOps.Splat(0);
        var c4a = TOps.Splat(0);
        var c4b = TOps.Splat(0);
        var c5a = TOps.Splat(0);
        var c5b = TOps.Splat(0);
        var c6a = TOps.Splat(0);
        var c6b = TOps.Splat(0);
        var c7a = TOps.Splat(0);
        var c7b = TOps.Splat(0);
        var c8a = TOps.Splat(0);
        var c8b = TOps.Splat(0);
        var c9a = TOps.Splat(0);
        var c9b = TOps.Splat(0);
        var c10a = TOps.Splat(0);
        var c10b = TOps.Splat(0);
        var c11a = TOps.Splat(0);
        var c11b = TOps.Splat(0);
        for (var t = 0; t < tapCount; t++)
        {
            var a0 = a + taps[t];
            var a3 = a0 + 3 * rowStride;
            var a6 = a3 + 3 * rowStride;
            var a9 = a6 + 3 * rowStride;
            for (var k = 0; k < depth; k++)
            {
                var ba = TOps.Load(b);
                var bb = TOps.Load(b + w);
                var x = TOps.Splat(*a0);
                c0a = TOps.MultiplyAdd(x, ba, c0a);
                c0b = TOps.MultiplyAdd(x, bb, c0b);
                x = TOps.Splat(a0[rowStride]);
                c1a = TOps.MultiplyAdd(x, ba, c1a);
                c1b = TOps.MultiplyAdd(x, bb, c1b);
                x = TOps.Splat(a0[2 * rowStride]);
                c2a = TOps.MultiplyAdd(x, ba, c2a);
                c2b = TOps.MultiplyAdd(x, bb, c2b);
                x = TOps.Splat(*a3);
                c3a = TOps.MultiplyAdd(x, ba, c3a);
                c3b = TOps.MultiplyAdd(x, bb, c3b);
                x = TOps.Splat(a3[rowStride]);
                c4a = TOps.MultiplyAdd(x, ba, c4a);
                c4b = TOps.MultiplyAdd(x, bb, c4b);
                x = TOps.Splat(a3[2 * rowStride]);
                c5a = TOps.MultiplyAdd(x, ba, c5a);
                c5b = TOps.MultiplyAdd(x, bb, c5b);
                x = TOps.Splat(*a6);
                c6a = TOps.MultiplyAdd(x, ba, c6a);
                c6b = TOps.MultiplyAdd(x, bb, c6b);
                x = TOps.Splat(a6[rowStride]);
                c7a = TOps.MultiplyAdd(x, ba, c7a);
                c7b = TOps.MultiplyAdd(x, bb, c7b);
                x = TOps.Splat(a6[2 * rowStride]);
                c8a = TOps.MultiplyAdd(x, ba, c8a);
                c8b = TOps.MultiplyAdd(x, bb, c8b);
                x = TOps.Splat(*a9);
                c9a = TOps.MultiplyAdd(x, ba, c9a);
                c9b = TOps.MultiplyAdd(x, bb, c9b);
                x = TOps.Splat(a9[rowStride]);
                c10a = TOps.MultiplyAdd(x, ba, c10a);
                c10b = TOps.MultiplyAdd(x, bb, c10b);
                x = TOps.Splat(a9[2 * rowStride]);
                c11a = TOps.MultiplyAdd(x, ba, c11a);
                c11b = TOps.MultiplyAdd(x, bb, c11b);
                b += 2 * w;
                a0++;
                a3++;
                a6++;
                a9++;
            }
        }

        TOps.Store(c, c0a);
        TOps.Store(c + w, c0b);
        c += columnsStride;
        TOps.Store(c, c1a);
        TOps.Store(c + w, c1b);
        c += columnsStride;
        TOps.Store(c, c2a);
        TOps.Store(c + w, c2b);
        c += columnsStride;
        TOps.Store(c, c3a);
        TOps.Store(c + w, c3b);
        c += columnsStride;
        TOps.Store(c, c4a);
        TOps.Store(c + w, c4b);
        c += columnsStride;
        TOps.Store(c, c5a);
        TOps.Store(c + w, c5b);
        c += columnsStride;
        TOps.Store(c, c6a);
        TOps.Store(c + w, c6b);
        c += columnsStride;
        TOps.Store(c, c7a);
        TOps.Store(c + w, c7b);
        c += columnsStride;
        TOps.Store(c, c8a);
        TOps.Store(c + w, c8b);
        c += columnsStride;
        TOps.Store(c, c9a);
        TOps.Store(c + w, c9b);
        c += columnsStride;
        TOps.Store(c, c10a);
        TOps.Store(c + w, c10b);
        c += columnsStride;
        TOps.Store(c, c11a);
        TOps.Store(c + w, c11b);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile6x2(float* a, nint rowStride, nint* taps, int tapCount, int depth, float* b, float* c, nint columnsStride)
    {
        var w = TOps.Width;
        var c0a = TOps.Splat(0);
        var c0b = TOps.Splat(0);
        var c1a = TOps.Splat(0);
        var c1b = TOps.Splat(0);
        var c2a = TOps.Splat(0);
        var c2b = TOps.Splat(0);
        var c3a = TOps.Splat(0);
        var c3b = TOps.Splat(0);
        var c4a = TOps.Splat(0);
        var c4b = TOps.Splat(0);
        var c5a = TOps.Splat(0);
        var c5b = TOps.Splat(0);
        for (var t = 0; t < tapCount; t++)
        {
            var a0 = a + taps[t];
            var a3 = a0 + 3 * rowStride;
            for (var k = 0; k < depth; k++)
            {
                var ba = TOps.Load(b);
                var bb = TOps.Load(b + w);
                var x = TOps.Splat(*a0);
                c0a = TOps.MultiplyAdd(x, ba, c0a);
                c0b = TOps.MultiplyAdd(x, bb, c0b);
                x = TOps.Splat(a0[rowStride]);
                c1a = TOps.MultiplyAdd(x, ba, c1a);
                c1b = TOps.MultiplyAdd(x, bb, c1b);
                x = TOps.Splat(a0[2 * rowStride]);
                c2a = TOps.MultiplyAdd(x, ba, c2a);
                c2b = TOps.MultiplyAdd(x, bb, c2b);
                x = TOps.Splat(*a3);
                c3a = TOps.MultiplyAdd(x, ba, c3a);
                c3b = TOps.MultiplyAdd(x, bb, c3b);
                x = TOps.Splat(a3[rowStride]);
                c4a = TOps.MultiplyAdd(x, ba, c4a);
                c4b = TOps.MultiplyAdd(x, bb, c4b);
                x = TOps.Splat(a3[2 * rowStride]);
                c5a = TOps.MultiplyAdd(x, ba, c5a);
                c5b = TOps.MultiplyAdd(x, bb, c5b);
                b += 2 * w;
                a0++;
                a3++;
            }
        }

        TOps.Store(c, c0a);
        TOps.Store(c + w, c0b);
        c += columnsStride;
        TOps.Store(c, c1a);
        TOps.Store(c + w, c1b);
        c += columnsStride;
        TOps.Store(c, c2a);
        TOps.Store(c + w, c2b);
        c += columnsStride;
        TOps.Store(c, c3a);
        TOps.Store(c + w, c3b);
        c += columnsStride;
        TOps.Store(c, c4a);
        TOps.Store(c + w, c4b);
        c += columnsStride;
        TOps.Store(c, c5a);
        TOps.Store(c + w, c5b);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile1x2(float* a, nint rowStride, nint* taps, int tapCount, int depth, float* b, float* c, nint columnsStride)
    {
        var w = TOps.Width;
        var c0a = TOps.Splat(0);
        var c0b = TOps.Splat(0);
        for (var t = 0; t < tapCount; t++)
        {
            var a0 = a + taps[t];
            for (var k = 0; k < depth; k++)
            {
                var ba = TOps.Load(b);
                var bb = TOps.Load(b + w);
                var x = TOps.Splat(*a0);
                c0a = TOps.MultiplyAdd(x, ba, c0a);
                c0b = TOps.MultiplyAdd(x, bb, c0b);
                b += 2 * w;
                a0++;
            }
        }

        TOps.Store(c, c0a);
        TOps.Store(c + w, c0b);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile12x1(float* a, nint rowStride, nint* taps, int tapCount, int depth, float* b, float* c, nint columnsStride)
    {
        var c0a = TOps.Splat(0);
        var c1a = TOps.Splat(0);
        var c2a = TOps.Splat(0);
        var c3a = TOps.Splat(0);
        var c4a = TOps.Splat(0);
        var c5a = TOps.Splat(0);
        var c6a = TOps.Splat(0);
        var c7a = TOps.Splat(0);
        var c8a = TOps.Splat(0);
        var c9a = TOps.Splat(0);
        var c10a = TOps.Splat(0);
        var c11a = TOps.Splat(0);
        for (var t = 0; t < tapCount; t++)
        {
            var a0 = a + taps[t];
            var a3 = a0 + 3 * rowStride;
            var a6 = a3 + 3 * rowStride;
            var a9 = a6 + 3 * rowStride;
            for (var k = 0; k < depth; k++)
            {
                var ba = TOps.Load(b);
                var x = TOps.Splat(*a0);
                c0a = TOps.MultiplyAdd(x, ba, c0a);
                x = TOps.Splat(a0[rowStride]);
                c1a = TOps.MultiplyAdd(x, ba, c1a);
                x = TOps.Splat(a0[2 * rowStride]);
                c2a = TOps.MultiplyAdd(x, ba, c2a);
                x = TOps.Splat(*a3);
                c3a = TOps.MultiplyAdd(x, ba, c3a);
                x = TOps.Splat(a3[rowStride]);
                c4a = TOps.MultiplyAdd(x, ba, c4a);
                x = TOps.Splat(a3[2 * rowStride]);
                c5a = TOps.MultiplyAdd(x, ba, c5a);
                x = TOps.Splat(*a6);
                c6a = TOps.MultiplyAdd(x, ba, c6a);
                x = TOps.Splat(a6[rowStride]);
                c7a = TOps.MultiplyAdd(x, ba, c7a);
                x = TOps.Splat(a6[2 * rowStride]);
                c8a = TOps.MultiplyAdd(x, ba, c8a);
                x = TOps.Splat(*a9);
                c9a = TOps.MultiplyAdd(x, ba, c9a);
                x = TOps.Splat(a9[rowStride]);
                c10a = TOps.MultiplyAdd(x, ba, c10a);
                x = TOps.Splat(a9[2 * rowStride]);
                c11a = TOps.MultiplyAdd(x, ba, c11a);
                b += TOps.Width;
                a0++;
                a3++;
                a6++;
                a9++;
            }
        }

        TOps.Store(c, c0a);
        c += columnsStride;
        TOps.Store(c, c1a);
        c += columnsStride;
        TOps.Store(c, c2a);
        c += columnsStride;
        TOps.Store(c, c3a);
        c += columnsStride;
        TOps.Store(c, c4a);
        c += columnsStride;
        TOps.Store(c, c5a);
        c += columnsStride;
        TOps.Store(c, c6a);
        c += columnsStride;
        TOps.Store(c, c7a);
        c += columnsStride;
        TOps.Store(c, c8a);
        c += columnsStride;
        TOps.Store(c, c9a);
        c += columnsStride;
        TOps.Store(c, c10a);
        c += columnsStride;
        TOps.Store(c, c11a);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile1x1(float* a, nint rowStride, nint* taps, int tapCount, int depth, float* b, float* c, nint columnsStride)
    {
        var c0a = TOps.Splat(0);
        for (var t = 0; t < tapCount; t++)
        {
            var a0 = a + taps[t];
            for (var k = 0; k < depth; k++)
            {
                var ba = TOps.Load(b);
                var x = TOps.Splat(*a0);
                c0a = TOps.MultiplyAdd(x, ba, c0a);
                b += TOps.Width;
                a0++;
            }
        }

        TOps.Store(c, c0a);
    }
}
