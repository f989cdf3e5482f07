namespace LoadLab.Fleet;

/// <summary>
/// Least squares of relative residuals with coefficients that are not negative, each residual past a robust bound losing weight (Huber 1964, by reweighting). At most
/// six columns: every subset is tried, which is exact.
/// </summary>
internal static class NonNegativeFit
{
    private const int Rounds = 10;

    /// <summary>Of normal residuals 95 % efficient.</summary>
    private const double Huber = 1.345;

    /// <summary>Residuals up to about 1 % are never taken for faults.</summary>
    private const double LeastScale = 0.01;

    /// <param name="rows">A row of columns for each value; columns that are zero everywhere get 0.</param>
    /// <param name="values">Above 0.</param>
    /// <param name="weights">Of each relative residual squared.</param>
    public static double[] Of(IReadOnlyList<double[]> rows, IReadOnlyList<double> values, IReadOnlyList<double> weights)
    {
        // In units of its value every row aims at 1, and in units of its greatest entry every column is at most 1.
        var columns = rows[0].Length;
        var relative = rows.Select((row, i) => row.Select(cell => cell / values[i]).ToArray()).ToArray();
        var scale = Enumerable.Range(0, columns).Select(column => relative.Max(row => Math.Abs(row[column]))).ToArray();
        var scaled = relative.Select(row => row.Select((cell, column) => scale[column] > 0 ? cell / scale[column] : 0).ToArray()).ToArray();
        var robust = weights.ToArray();
        var best = Best(scaled, robust);
        for (var round = 0; round < Rounds; round++)
        {
            var residuals = scaled.Select(row => Math.Abs(Dot(row, best) - 1)).ToArray();
            var bound = Huber * Math.Max(LeastScale, Outliers.ToSigma * Outliers.Median(residuals));
            if (residuals.All(residual => residual <= bound))
            {
                break;
            }

            for (var i = 0; i < robust.Length; i++)
            {
                robust[i] = weights[i] * (residuals[i] <= bound ? 1 : bound / residuals[i]);
            }

            best = Best(scaled, robust);
        }

        return [.. best.Select((value, column) => scale[column] > 0 ? value / scale[column] : 0)];
    }

    /// <summary>Of the subsets of columns the one of least error, the first of the smallest where several are as good.</summary>
    private static double[] Best(double[][] rows, double[] weights)
    {
        var columns = rows[0].Length;
        var (best, least) = (new double[columns], weights.Sum());
        var enough = least * 1e-18;
        foreach (var subset in Enumerable.Range(1, (1 << columns) - 1).OrderBy(set => int.PopCount(set)).ThenBy(set => set))
        {
            var chosen = Enumerable.Range(0, columns).Where(column => (subset >> column & 1) == 1).ToArray();
            if (Solve(rows, weights, chosen) is { } solution && solution.All(value => value >= 0))
            {
                var full = new double[columns];
                for (var i = 0; i < chosen.Length; i++)
                {
                    full[chosen[i]] = solution[i];
                }

                var error = rows.Select((row, i) => weights[i] * Math.Pow(Dot(row, full) - 1, 2)).Sum();
                if (error < (least * (1 - 1e-9)) - enough)
                {
                    (best, least) = (full, error);
                }
            }
        }

        return best;
    }

    /// <summary>Normal equations by elimination with pivots; null when the columns do not tell themselves apart.</summary>
    private static double[]? Solve(double[][] rows, double[] weights, int[] columns)
    {
        var n = columns.Length;
        var a = new double[n, n + 1];
        for (var r = 0; r < rows.Length; r++)
        {
            for (var i = 0; i < n; i++)
            {
                var left = weights[r] * rows[r][columns[i]];
                for (var j = 0; j < n; j++)
                {
                    a[i, j] += left * rows[r][columns[j]];
                }

                a[i, n] += left;
            }
        }

        var greatest = Enumerable.Range(0, n).Max(i => a[i, i]);
        for (var step = 0; step < n; step++)
        {
            var pivot = Enumerable.Range(step, n - step).MaxBy(row => Math.Abs(a[row, step]));
            if (Math.Abs(a[pivot, step]) <= greatest * 1e-11)
            {
                return null;
            }

            for (var column = 0; column <= n; column++)
            {
                (a[step, column], a[pivot, column]) = (a[pivot, column], a[step, column]);
            }

            for (var row = 0; row < n; row++)
            {
                var factor = row == step ? 0 : a[row, step] / a[step, step];
                for (var column = step; factor != 0 && column <= n; column++)
                {
                    a[row, column] -= factor * a[step, column];
                }
            }
        }

        return [.. Enumerable.Range(0, n).Select(i => a[i, n] / a[i, i])];
    }

    private static double Dot(double[] row, double[] coefficients)
    {
        var sum = 0.0;
        for (var i = 0; i < row.Length; i++)
        {
            sum += row[i] * coefficients[i];
        }

        return sum;
    }
}
