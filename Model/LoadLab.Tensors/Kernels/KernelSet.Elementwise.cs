namespace LoadLab.Tensors;

internal sealed unsafe partial class KernelSet<TOps, TV>
{
    public override void Activate(float* x, float* y, long count, Activation activation)
    {
        for (long i = 0; i < count; i += TOps.Width)
        {
            var left = (int)Math.Min(count - i, TOps.Width);
            StoreUpTo(y + i, Apply(activation, LoadUpTo(x + i, left)), left);
        }
    }

    public override void Add(float* a, float* b, float* y, long count)
    {
        for (long i = 0; i < count; i += TOps.Width)
        {
            var left = (int)Math.Min(count - i, TOps.Width);
            StoreUpTo(y + i, TOps.Add(LoadUpTo(a + i, left), LoadUpTo(b + i, left)), left);
        }
    }

    public override void Multiply(float* a, float* b, float* y, long count)
    {
        for (long i = 0; i < count; i += TOps.Width)
        {
            var left = (int)Math.Min(count - i, TOps.Width);
            StoreUpTo(y + i, TOps.Multiply(LoadUpTo(a + i, left), LoadUpTo(b + i, left)), left);
        }
    }

    public override void Combine(float alpha, float* a, float beta, float* b, float* y, long count)
    {
        var (first, second) = (TOps.Splat(alpha), TOps.Splat(beta));
        for (long i = 0; i < count; i += TOps.Width)
        {
            var left = (int)Math.Min(count - i, TOps.Width);
            StoreUpTo(y + i, TOps.MultiplyAdd(first, LoadUpTo(a + i, left), TOps.Multiply(second, LoadUpTo(b + i, left))), left);
        }
    }

    public override void Clamp(float* x, float* y, long count, float low, float high)
    {
        var (floor, ceiling) = (TOps.Splat(low), TOps.Splat(high));
        for (long i = 0; i < count; i += TOps.Width)
        {
            var left = (int)Math.Min(count - i, TOps.Width);
            StoreUpTo(y + i, TOps.Min(ceiling, TOps.Max(floor, LoadUpTo(x + i, left))), left);
        }
    }

    public override void AddGated(float* x, float* y, float* gate, int width)
    {
        for (var i = 0; i < width; i += TOps.Width)
        {
            var left = width - i;
            StoreUpTo(x + i, TOps.MultiplyAdd(LoadUpTo(y + i, left), LoadUpTo(gate + i, left), LoadUpTo(x + i, left)), left);
        }
    }

    public override void Rope(float* x, float* y, int tokens, int heads, int headDim, float* cos, float* sin, float* scratch)
    {
        var cosines = scratch;
        var sines = scratch + headDim;
        for (var t = 0; t < tokens; t++, cos += headDim / 2, sin += headDim / 2)
        {
            for (var i = 0; i < headDim; i++)
            {
                cosines[i] = cos[i / 2];
                sines[i] = i % 2 == 0 ? -sin[i / 2] : sin[i / 2];
            }

            for (var h = 0; h < heads; h++, x += headDim, y += headDim)
            {
                RotateHead(x, y, headDim, cosines, sines);
            }
        }
    }

    private static void RotateHead(float* x, float* y, int headDim, float* cosines, float* sines)
    {
        var i = 0;
        for (; TOps.Width > 1 && i + TOps.Width <= headDim; i += TOps.Width)
        {
            var v = TOps.Load(x + i);
            TOps.Store(y + i, TOps.MultiplyAdd(v, TOps.Load(cosines + i), TOps.Multiply(TOps.SwapPairs(v), TOps.Load(sines + i))));
        }

        for (; i < headDim; i += 2)
        {
            y[i] = x[i] * cosines[i] + x[i + 1] * sines[i];
            y[i + 1] = x[i + 1] * cosines[i + 1] + x[i] * sines[i + 1];
        }
    }
}
