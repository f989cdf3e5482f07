namespace LoadLab.Planning.Theory;

/// <summary>
/// One server, Poisson arrivals, batches of a to b in a fixed time D(m): exact by the chain of the number waiting as a batch ends. Fewer than a wait until they are a;
/// then as many as there are, at most b, run.
/// </summary>
/// <param name="Sojourn">Mean time from arrival to end, s.</param>
/// <param name="Batch">Mean batch size over batches.</param>
public readonly record struct BulkService(double Sojourn, double Batch)
{
    /// <summary>More waiting than this has no weight in any queue asked about.</summary>
    private const int States = 600;

    /// <param name="rate">Arrivals per second.</param>
    /// <param name="least">a.</param>
    /// <param name="most">b.</param>
    /// <param name="seconds">D(m).</param>
    public static BulkService Of(double rate, int least, int most, Func<int, double> seconds)
    {
        var most1 = Math.Min(most, States);
        var arrivals = Enumerable.Range(0, most1 + 1).Select(m => m < least ? [] : Poisson(rate * seconds(m))).ToArray();
        var chances = Stationary(least, most1, arrivals);
        var (cycle, area, served, timed) = (0.0, 0.0, 0.0, 0.0);
        for (var n = 0; n < States; n++)
        {
            var size = Math.Clamp(n, least, most1);
            var time = seconds(size);
            cycle += chances[n] * ((Math.Max(0, least - n) / rate) + time);
            area += chances[n] * (Filling(n, least, rate) + (Math.Max(0, n - size) * time) + (rate * time * time / 2));
            served += chances[n] * size;
            timed += chances[n] * size * time;
        }

        return new BulkService((area / cycle / rate) + (timed / served), served);
    }

    /// <summary>Area under the number waiting while n become a.</summary>
    private static double Filling(int n, int least, double rate) => Enumerable.Range(n, Math.Max(0, least - n)).Sum() / rate;

    private static double[] Stationary(int least, int most, double[][] arrivals)
    {
        var now = new double[States];
        now[0] = 1;
        for (var round = 0; round < 100_000; round++)
        {
            var next = new double[States];
            for (var n = 0; n < States; n++)
            {
                if (now[n] > 1e-18)
                {
                    Spread(next, now[n], Math.Max(0, n - most), arrivals[Math.Clamp(n, least, most)]);
                }
            }

            var moved = next.Zip(now, (a, b) => Math.Abs(a - b)).Sum();
            now = next;
            if (moved < 1e-13)
            {
                break;
            }
        }

        var total = now.Sum();
        return [.. now.Select(chance => chance / total)];
    }

    private static void Spread(double[] next, double weight, int left, double[] arrivals)
    {
        for (var k = 0; k < arrivals.Length && left + k < States; k++)
        {
            next[left + k] += weight * arrivals[k];
        }
    }

    /// <summary>Chances of 0, 1, ... arrivals, up to where they end.</summary>
    private static double[] Poisson(double mean)
    {
        var chances = new List<double>();
        var log = -mean;
        for (var k = 0; k < States; k++)
        {
            var chance = Math.Exp(log);
            if (chance < 1e-18 && k > mean)
            {
                break;
            }

            chances.Add(chance);
            log += Math.Log(mean) - Math.Log(k + 1);
        }

        return [.. chances];
    }
}
