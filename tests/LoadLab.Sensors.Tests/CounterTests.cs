using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Sensors.Tests;

public sealed class CounterTests
{
    private readonly List<Sample> _rows = [];

    [Fact]
    public void Gauge_is_written_when_it_changes_and_once_a_second_when_it_does_not()
    {
        var counter = new Counter("host", "memory.used", "bytes");
        counter.Gauge(At(0.0), 5, _rows);
        counter.Gauge(At(0.4), 5, _rows);
        counter.Gauge(At(0.8), 5, _rows);
        counter.Gauge(At(1.0), 5, _rows);
        counter.Gauge(At(1.2), 6, _rows);

        Assert.Equal([(0.0, 5.0), (1.0, 5.0), (1.2, 6.0)], Rows());
        var summary = counter.Summary();
        Assert.Equal((5, 2, 1, 2), (summary.Reads, summary.Distinct, summary.Heartbeats, summary.Repeats));
        Assert.Equal(1.2, summary.RefreshMedian!.Value.Seconds, 9);
    }

    [Fact]
    public void Stamped_samples_are_distinct_by_their_time_whatever_their_value()
    {
        var counter = new Counter("gpu0", "power", "W");
        counter.Stamped(At(1.0), 7, _rows);
        counter.Stamped(At(1.0), 7, _rows);
        counter.Stamped(At(0.9), 8, _rows);
        counter.Stamped(At(1.1), 7, _rows);

        Assert.Equal([(1.0, 7.0), (1.1, 7.0)], Rows());
        Assert.Equal(2, counter.Summary().Repeats);
        Assert.True(counter.Summary().DriverTimes);
    }

    [Fact]
    public void Refresh_period_is_the_median_and_p90_of_the_lengths_between_changes()
    {
        var counter = new Counter("gpu0", "power", "W");
        double[] changes = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.8, 3.8];
        for (var i = 0; i < changes.Length; i++)
        {
            counter.Gauge(At(changes[i]), i, _rows);
        }

        Assert.Equal(0.1, counter.Summary().RefreshMedian!.Value.Seconds, 9);
        Assert.Equal(1.0, counter.Summary().RefreshP90!.Value.Seconds, 9);
    }

    [Fact]
    public void Failure_is_not_taken_for_a_long_refresh_period()
    {
        var counter = new Counter("gpu0", "power", "W");
        counter.Gauge(At(0), 1, _rows);
        counter.Gauge(At(0.1), 2, _rows);
        counter.Fail("asleep");
        counter.Gauge(At(9), 3, _rows);
        counter.Gauge(At(9.1), 4, _rows);

        Assert.Equal(0.1, counter.Summary().RefreshP90!.Value.Seconds, 9);
        Assert.Equal(("asleep", 1), (counter.Summary().Reason, counter.Summary().Failures));
    }

    [Fact]
    public void First_reason_for_stopping_is_kept()
    {
        var counter = new Counter("gpu0", "power", "W");
        counter.Stop("lost");
        counter.Stop("again");
        Assert.Equal("lost", counter.Summary().Reason);
    }

    [Fact]
    public void Rate_is_the_exact_mean_since_the_previous_row_however_late_the_total_refreshes()
    {
        var counter = new RateCounter("engine", "cpu.used", "cores");
        counter.PerTime(At(0), 1e9, _rows);
        counter.PerTime(At(0.1), 1e9, _rows);
        counter.PerTime(At(0.2), 1e9, _rows);
        counter.PerTime(At(0.3), 1.15e9, _rows);
        counter.PerTime(At(0.5), 1.35e9, _rows);

        Assert.Equal([(0.3, 0.5), (0.5, 1.0)], Rounded());
        Assert.Equal(0.35, (0.3 * _rows[0].Value) + (0.2 * _rows[1].Value), 9);
    }

    [Fact]
    public void Rate_of_a_total_that_stands_still_is_a_zero_once_a_second()
    {
        var counter = new RateCounter("engine", "cpu.used", "cores");
        for (var i = 0; i <= 20; i++)
        {
            counter.PerTime(At(i * 0.1), 7, _rows);
        }

        Assert.Equal([(1.0, 0.0), (2.0, 0.0)], Rounded());
        Assert.Equal(2, counter.Summary().Heartbeats);
    }

    [Fact]
    public void Rate_makes_up_no_row_when_the_total_steps_back()
    {
        var counter = new RateCounter("host", "cpu.util", "share");
        counter.Per(At(0), 50, 100, _rows);
        counter.Per(At(0.1), 40, 200, _rows);
        counter.Per(At(0.2), 90, 300, _rows);

        Assert.Equal([(0.2, 0.5)], Rounded());
    }

    [Fact]
    public void Rate_with_a_window_is_not_written_more_often()
    {
        var counter = new RateCounter("host", "cpu0.util", "share", Duration.FromSeconds(1));
        for (var i = 0; i <= 20; i++)
        {
            counter.Per(At(i * 0.1), i, i * 10, _rows);
        }

        Assert.Equal([(1.0, 0.1), (2.0, 0.1)], Rounded());
    }

    private static Instant At(double seconds) => Instant.FromSeconds(seconds);

    private IEnumerable<(double, double)> Rows() => _rows.Select(row => (row.At.Seconds, row.Value));

    private IEnumerable<(double, double)> Rounded() => _rows.Select(row => (row.At.Seconds, Math.Round(row.Value, 9)));
}
