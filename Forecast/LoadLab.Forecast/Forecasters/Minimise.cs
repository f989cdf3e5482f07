namespace LoadLab.Forecast;

/// <summary>Deterministic minimisers for a handful of bounded parameters.</summary>
internal static class Minimise
{
    /// <summary>A long flat valley is left at the next smaller step rather than walked to its end.</summary>
    private const int MostPasses = 12;

    public delegate double Objective(ReadOnlySpan<double> at);

    /// <summary>Looks along an even grid first, since squared errors may have several minima, then narrows the best cell by golden section to 1e-6 of the width.</summary>
    public static double GridThenGoldenSection(Func<double, double> f, double low, double high, int gridPoints)
    {
        var cell = (high - low) / (gridPoints - 1);
        var best = Enumerable.Range(0, gridPoints).Select(i => low + (i * cell)).MinBy(f);
        return GoldenSection(f, Math.Max(low, best - cell), Math.Min(high, best + cell), 1e-6 * (high - low));
    }

    private static double GoldenSection(Func<double, double> f, double low, double high, double tolerance)
    {
        var ratio = (Math.Sqrt(5) - 1) / 2;
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

    /// <summary>The best point of a grid that is denser near the low ends (from 0.01 to 0.05 a weight changes more than from 0.81 to 0.85), then steps along one axis at a time, halved when none helps (Hooke and Jeeves' compass search).</summary>
    public static double[] GridThenCompass(Objective f, double[] low, double[] high, int gridPoints)
    {
        var at = new double[low.Length];
        var best = new double[low.Length];
        var least = double.PositiveInfinity;
        Grid(f, low, high, gridPoints, 0, at, best, ref least);
        for (var step = 0.5 / gridPoints; step > 1e-4; step /= 2)
        {
            for (var pass = 0; pass < MostPasses && Improve(f, low, high, step, best, ref least); pass++)
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
            var share = (i + 0.5) / points;
            at[axis] = low[axis] + (share * share * (high[axis] - low[axis]));
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
