namespace LoadLab.Forecast;

/// <summary>Deterministic minimisers for a handful of bounded parameters.</summary>
internal static class Minimise
{
    public delegate double Objective(ReadOnlySpan<double> at);

    /// <summary>The place of the least value of a function with one minimum in [low, high], to 1e-6 of the width.</summary>
    public static double GoldenSection(Func<double, double> f, double low, double high)
    {
        var ratio = (Math.Sqrt(5) - 1) / 2;
        var tolerance = 1e-6 * (high - low);
        var (a, b) = (high - (ratio * (high - low)), low + (ratio * (high - low)));
        var (fa, fb) = (f(a), f(b));
        while (high - low > tolerance)
        {
            if (fa <= fb)
            {
                (high, b, fb) = (b, a, fa);
                a = high - (ratio * (high - low));
                fa = f(a);
            }
            else
            {
                (low, a, fa) = (a, b, fb);
                b = low + (ratio * (high - low));
                fb = f(b);
            }
        }

        return (low + high) / 2;
    }

    /// <summary>The best point of an even grid, then steps along one axis at a time, halved when none helps (Hooke and Jeeves' compass search).</summary>
    public static double[] GridThenCompass(Objective f, double[] low, double[] high, int gridPoints)
    {
        var at = new double[low.Length];
        var best = new double[low.Length];
        var least = double.PositiveInfinity;
        Grid(f, low, high, gridPoints, 0, at, best, ref least);
        for (var step = 0.5 / gridPoints; step > 1e-4; step /= 2)
        {
            while (Improve(f, low, high, step, best, ref least))
            {
            }
        }

        return best;
    }

    private static void Grid(Objective f, double[] low, double[] high, int points, int axis, double[] at, double[] best, ref double least)
    {
        if (axis == low.Length)
        {
            Keep(f, at, best, ref least);
            return;
        }

        for (var i = 0; i < points; i++)
        {
            at[axis] = low[axis] + ((i + 0.5) / points * (high[axis] - low[axis]));
            Grid(f, low, high, points, axis + 1, at, best, ref least);
        }
    }

    private static bool Improve(Objective f, double[] low, double[] high, double step, double[] best, ref double least)
    {
        var improved = false;
        var at = new double[best.Length];
        for (var axis = 0; axis < best.Length; axis++)
        {
            foreach (var direction in (ReadOnlySpan<int>)[-1, 1])
            {
                best.CopyTo(at, 0);
                at[axis] = Math.Clamp(best[axis] + (direction * step * (high[axis] - low[axis])), low[axis], high[axis]);
                improved |= Keep(f, at, best, ref least);
            }
        }

        return improved;
    }

    private static bool Keep(Objective f, double[] at, double[] best, ref double least)
    {
        // The margin ends the search on a plateau, where rounding alone would go on for ever.
        var value = f(at);
        if (!(value < least - (1e-12 * Math.Abs(least))) && !double.IsPositiveInfinity(least))
        {
            return false;
        }

        least = value;
        at.CopyTo(best, 0);
        return true;
    }
}
