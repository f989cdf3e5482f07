using LoadLab.Core;

namespace LoadLab.Workload.Tests;

public sealed class DiurnalTests
{
    private const double Day = 86400;
    private static readonly DateTimeOffset s_evening = new(2026, 1, 5, 18, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(1.0)]
    [InlineData(1.5)]
    [InlineData(2.0)]
    [InlineData(3.0)]
    [InlineData(8.6)]
    public void Mean_over_whole_days_and_peak_are_as_asked(double peakToMean)
    {
        var curve = Curve(0.8, peakToMean, 20 * 3600, new Calendar(s_evening, 240), 3 * Day / 240);
        Assert.Equal(0.8 * 3 * Day / 240, curve.Total, 6);
        Assert.Equal(0.8 * peakToMean, curve.Peak, 9);
    }

    [Fact]
    public void Peak_stands_at_its_time_of_day()
    {
        // From 18:00 at 240 seconds a second, 20:00 comes after 30 s.
        var curve = Curve(0.8, 3, 20 * 3600, new Calendar(s_evening, 240), 60);
        Assert.Equal(2.4, curve.RateAt(30), 9);
        Assert.True(curve.RateAt(29) < 2.4 && curve.RateAt(31) < 2.4);
    }

    [Fact]
    public void Peak_before_the_start_of_the_run_still_falls_into_it()
    {
        var curve = Curve(1, 2, 17 * 3600, new Calendar(s_evening, 1), 3600);
        Assert.Equal(2 - (2 * 1 / 12.0), curve.RateAt(0), 9);
        Assert.Equal(2 - (2 * 2 / 12.0), curve.RateAt(3599.999999), 6);
    }

    [Fact]
    public void Peak_above_twice_the_mean_leaves_a_silent_night()
    {
        var curve = Curve(1, 4, 12 * 3600, Calendar.Default, Day);
        Assert.Equal(0, curve.RateAt((5.9 * 3600)), 12);
        Assert.True(curve.RateAt(6.1 * 3600) > 0);
        Assert.Equal(0, curve.RateAt(18.1 * 3600), 12);
    }

    [Fact]
    public void Repeats_each_day()
    {
        var curve = Curve(1, 1.7, 9.5 * 3600, new Calendar(s_evening, 1000), 5 * Day / 1000);
        for (var t = 0.0; t < Day / 1000; t += 0.7)
        {
            Assert.Equal(curve.RateAt(t), curve.RateAt(t + (3 * Day / 1000)), 9);
        }
    }

    private static RateCurve Curve(double mean, double peakToMean, double peakAt, Calendar calendar, double length) =>
        RateCurve.Sum(length, [Shapes.Diurnal(mean, peakToMean, peakAt, calendar, length)]);
}
