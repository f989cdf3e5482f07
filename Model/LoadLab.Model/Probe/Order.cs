namespace LoadLab.Model.Probe;

/// <summary>Order statistics, interpolated between neighbours: the value at place share * (n - 1) of the ascending sample. NaN for an empty one.</summary>
internal static class Order
{
    public static double Median(IEnumerable<double> values) => OfSorted([.. values.Order()], 0.5);

    public static double OfSorted(ReadOnlySpan<double> sorted, double share)
    {
        if (sorted.IsEmpty)
        {
            return double.NaN;
        }

        var place = share * (sorted.Length - 1);
        var below = (int)Math.Floor(place);
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((place - below) * (sorted[above] - sorted[below]));
    }
}
