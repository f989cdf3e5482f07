namespace LoadLab.Tensors;

internal sealed unsafe partial class KernelSet<TOps, TV>
{
    public override void LayerNorm(float* x, float* y, int rows, int width, float eps)
    {
        for (var r = 0; r < rows; r++, x += width, y += width)
        {
            var mean = TOps.Splat((float)(Sum(x, width) / width));
            for (var i = 0; i < width; i += TOps.Width)
            {
                StoreUpTo(y + i, TOps.Subtract(LoadUpTo(x + i, width - i), mean), width - i);
            }

            // The centred values sum to zero but for rounding, so their squares give the variance without cancellation.
            Scale(y, y, width, (float)(1 / Math.Sqrt(SumOfSquares(y, width) / width + eps)));
        }
    }

    public override void Modulate(float* y, int width, float* scale, float* shift)
    {
        var one = TOps.Splat(1);
        for (var i = 0; i < width; i += TOps.Width)
        {
            var left = width - i;
            var v = LoadUpTo(y + i, left);
            v = scale == null ? v : TOps.Multiply(v, TOps.Add(one, LoadUpTo(scale + i, left)));
            v = shift == null ? v : TOps.Add(v, LoadUpTo(shift + i, left));
            StoreUpTo(y + i, v, left);
        }
    }

    public override void Affine(float* y, int rows, int width, float* weight, float* bias)
    {
        for (var r = 0; r < rows; r++, y += width)
        {
            for (var i = 0; i < width; i += TOps.Width)
            {
                var left = width - i;
                StoreUpTo(y + i, TOps.MultiplyAdd(LoadUpTo(y + i, left), LoadUpTo(weight + i, left), LoadUpTo(bias + i, left)), left);
            }
        }
    }

    public override void RmsNorm(float* x, float* y, int rows, int width, float eps, float* weight)
    {
        for (var r = 0; r < rows; r++, x += width, y += width)
        {
            Scale(x, y, width, (float)(1 / Math.Sqrt(SumOfSquares(x, width) / width + eps)));
            MultiplyBy(y, width, weight);
        }
    }

    public override void ChannelNorm(float* x, float* y, int rows, int width, float* gamma, Activation activation)
    {
        var root = Math.Sqrt(width);
        for (var r = 0; r < rows; r++, x += width, y += width)
        {
            var factor = TOps.Splat((float)(root / Math.Max(Math.Sqrt(SumOfSquares(x, width)), 1e-12)));
            for (var i = 0; i < width; i += TOps.Width)
            {
                var left = width - i;
                var v = TOps.Multiply(TOps.Multiply(LoadUpTo(x + i, left), factor), LoadUpTo(gamma + i, left));
                StoreUpTo(y + i, Apply(activation, v), left);
            }
        }
    }

    private static void Scale(float* x, float* y, int width, float factor)
    {
        var f = TOps.Splat(factor);
        for (var i = 0; i < width; i += TOps.Width)
        {
            StoreUpTo(y + i, TOps.Multiply(LoadUpTo(x + i, width - i), f), width - i);
        }
    }

    private static void MultiplyBy(float* y, int width, float* weight)
    {
        for (var i = 0; i < width; i += TOps.Width)
        {
            StoreUpTo(y + i, TOps.Multiply(LoadUpTo(y + i, width - i), LoadUpTo(weight + i, width - i)), width - i);
        }
    }

    // Lanes are summed in float over at most 64 vectors, those sums in double: as good as pairwise summation at the cost of a plain loop.
    private const int SumBlock = 64;

    private static double Sum(float* x, int width)
    {
        double total = 0;
        for (var start = 0; start < width; start += SumBlock * TOps.Width)
        {
            var end = Math.Min(width, start + SumBlock * TOps.Width);
            var sum = TOps.Splat(0);
            for (var i = start; i < end; i += TOps.Width)
            {
                sum = TOps.Add(sum, LoadUpTo(x + i, end - i));
            }

            total += TOps.Sum(sum);
        }

        return total;
    }

    private static double SumOfSquares(float* x, int width)
    {
        double total = 0;
        for (var start = 0; start < width; start += SumBlock * TOps.Width)
        {
            var end = Math.Min(width, start + SumBlock * TOps.Width);
            var sum = TOps.Splat(0);
            for (var i = start; i < end; i += TOps.Width)
            {
                var v = LoadUpTo(x + i, end - i);
                sum = TOps.MultiplyAdd(v, v, sum);
            }

            total += TOps.Sum(sum);
        }

        return total;
    }
}
