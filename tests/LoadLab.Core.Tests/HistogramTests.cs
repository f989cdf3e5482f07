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

    [Fact]
    public void Merged_parts_are_the_whole_in_any_order()
    {
        var stream = new Seed(5).Stream("histogram");
        var values = Enumerable.Range(0, 3000).Select(_ => new Duration((long)Math.Exp(43 * stream.NextDouble()))).Append(new Duration(long.MaxValue)).ToList();
        var whole = Of(values);
        var parts = values.Chunk(700).Select(Of).ToList();
        foreach (var order in new[] { parts, [.. parts.AsEnumerable().Reverse()] })
        {
            var merged = new Histogram();
            order.ForEach(merged.Merge);
            Assert.Equal(whole.Buckets, merged.Buckets);
            Assert.Equal((whole.Count, whole.SumNanoseconds, whole.Max, whole.At(0.95)), (merged.Count, merged.SumNanoseconds, merged.Max, merged.At(0.95)));
        }

        Assert.Equal(values.Aggregate(Int128.Zero, (sum, value) => sum + value.Nanoseconds), whole.SumNanoseconds);
        Assert.Equal(values.Count, whole.Buckets.Sum(bucket => bucket.Count));
    }

    [Fact]
    public void Mean_is_exact_and_of_nothing_there_is_none()
    {
        Assert.Equal(2.5, Of([Duration.FromSeconds(1), Duration.FromSeconds(4)]).MeanSeconds);
        Assert.Equal(double.NaN, new Histogram().MeanSeconds);
    }

    private static Histogram Of(IEnumerable<Duration> values)
    {
        var histogram = new Histogram();
        foreach (var value in values)
        {
            histogram.Add(value);
        }

        return histogram;
    }
}
