using LoadLab.Model.Probe;

namespace LoadLab.Model.Tests.Probe;

public sealed class MedianIntervalTests
{
    [Fact]
    public void Ends_are_order_statistics()
    {
        // n = 100: rank floor((100 - 19.6) / 2) = 40, so the 40th and the 61st value.
        var interval = MedianInterval.Of(Enumerable.Range(1, 100).Reverse().Select(i => (double)i));
        Assert.Equal((100, 50.5, 40.0, 61.0), (interval.Count, interval.Median, interval.Low, interval.High));
        Assert.Equal(61, interval.Reach);
    }

    [Fact]
    public void Too_few_values_leave_it_open()
    {
        // n = 4: (4 - 3.92) / 2 is below 1.
        Assert.Equal(double.PositiveInfinity, MedianInterval.Of([1, 1, 1, 1]).Reach);
        Assert.Equal(double.PositiveInfinity, MedianInterval.Of([]).Reach);
    }
}
