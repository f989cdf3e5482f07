namespace LoadLab.Core.Tests;

public class HistogramTests
{
    [Fact]
    public void Percentile_is_never_low_and_at_most_a_thousandth_high()
    {
        var stream = new Seed(3).Stream("histogram");
        var values = Enumerable.Range(0, 5000).Select(_ => (long)Math.Exp(40 * stream.NextDouble())).Append(0).Append(long.MaxValue).ToList();
        var histogram = new Histogram();
        values.ForEach(value => histogram.Add(new Duration(value)));
        values.Sort();
        for (var share = 0.001; share <= 1; share += 0.001)
        {
            var exact = values[(int)Math.Clamp(Math.Ceiling((share * values.Count) - 1e-9), 1, values.Count) - 1];
            var told = histogram.At(share)!.Value.Nanoseconds;
            Assert.InRange(told, exact, exact + (exact / 1024));
        }

        Assert.Equal(long.MaxValue, histogram.Max.Nanoseconds);
        Assert.Equal(values.Count, histogram.Count);
    }

    [Fact]
    public void Small_values_are_exact_and_negative_ones_count_as_zero()
    {
        var histogram = new Histogram();
        for (var i = -10; i < 256; i++)
        {
            histogram.Add(new Duration(i));
        }

        Assert.Equal(0, histogram.At(0.01)!.Value.Nanoseconds);
        Assert.Equal(200, histogram.At((10 + 201) / 266.0)!.Value.Nanoseconds);
        Assert.Equal(255, histogram.At(1)!.Value.Nanoseconds);
        Assert.Null(new Histogram().At(0.5));
    }
}
