namespace LoadLab.Model.Probe;

/// <summary>
/// How much repeated measurements of one thing vary, in the unit of the values. Everything is over all values, except <see cref="TrimmedCv"/>.
/// </summary>
/// <param name="Cv">Coefficient of variation: standard deviation (n - 1) over mean. NaN for fewer than two values.</param>
/// <param name="TrimmedCv">The same over the values from p1 to p99: what is left when the rarest disturbances are set aside. Shown beside, never judged.</param>
public sealed record Spread(int Count, double Mean, double Median, double Cv, double TrimmedCv, double Min, double P1, double P99, double Max)
{
    public static Spread Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        var (p1, p99) = (Order.OfSorted(sorted, 0.01), Order.OfSorted(sorted, 0.99));
        var (mean, cv) = Variation(sorted);
        var (_, trimmed) = Variation([.. sorted.Where(value => value >= p1 && value <= p99)]);
        return new Spread(sorted.Length, mean, Order.OfSorted(sorted, 0.5), cv, trimmed, Order.OfSorted(sorted, 0), p1, p99, Order.OfSorted(sorted, 1));
    }

    private static (double Mean, double Cv) Variation(double[] values)
    {
        if (values.Length < 2)
        {
            return (values.Length == 0 ? double.NaN : values[0], double.NaN);
        }

        var mean = values.Average();
        return (mean, Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Length - 1)) / mean);
    }
}
