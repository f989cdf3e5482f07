namespace LoadLab.Core.Tests;

public sealed class UnitsTests
{
    [Fact]
    public void Instants_and_durations_add_up()
    {
        var at = Instant.FromSeconds(1.5) + Duration.FromMilliseconds(250);
        Assert.Equal(1_750_000_000, at.Nanoseconds);
        Assert.Equal(Duration.FromSeconds(0.25), at - Instant.FromSeconds(1.5));
        Assert.Equal(at, Instant.Max(at, Instant.Zero));
        Assert.True(Instant.Zero < at && at > Instant.Zero && at >= Instant.Max(at, at) && Instant.Zero <= at);
    }

    [Fact]
    public void Sum_beyond_the_range_throws()
    {
        Assert.Throws<OverflowException>(() => new Instant(long.MaxValue) + new Duration(1));
        Assert.Throws<OverflowException>(() => Duration.FromSeconds(1e11));
        Assert.Throws<OverflowException>(() => Duration.FromSeconds(double.NaN));
    }

    [Theory]
    [InlineData(0, "0.000000000")]
    [InlineData(1, "0.000000001")]
    [InlineData(-1_500_000_000, "-1.500000000")]
    [InlineData(long.MaxValue, "9223372036.854775807")]
    [InlineData(long.MinValue, "-9223372036.854775808")]
    public void Time_is_written_with_nine_decimals(long nanoseconds, string text)
    {
        Assert.Equal(text, new Instant(nanoseconds).ToString());
        Assert.Equal(text, new Duration(nanoseconds).ToString());
    }

    [Fact]
    public void Gpu_time_at_a_price_is_money()
    {
        Assert.Equal(new Usd(2.5m * 1.5m), new GpuTime(5400) * new UsdPerGpuHour(2.5m));
        Assert.Equal("$3.75", (new Usd(4m) - new Usd(0.25m)).ToString());
        Assert.Equal(new GpuTime(3), new GpuTime(5) - new GpuTime(2));
    }

    [Fact]
    public void Calendar_maps_the_run_to_the_time_of_day()
    {
        var calendar = new Calendar(new DateTimeOffset(2026, 1, 5, 18, 0, 0, TimeSpan.Zero), 240);
        Assert.Equal(20 * 3600, calendar.SecondOfDay(Instant.FromSeconds(30)));
        Assert.Equal(new DateTimeOffset(2026, 1, 6, 0, 0, 0, TimeSpan.Zero), calendar.At(Instant.FromSeconds(90)));
    }

    [Fact]
    public void Outcome_words_read_back()
    {
        Assert.All(Enum.GetValues<Outcome>(), outcome => Assert.Equal(outcome, Words.OutcomeOf(Words.Of(outcome))));
        Assert.Null(Words.OutcomeOf("Completed"));
        Assert.Equal(["real", "emulated", "simulated"], Enum.GetValues<Evidence>().Select(Words.Of));
    }

    [Theory]
    [InlineData(0.5, 10)]
    [InlineData(0.95, 19)]
    [InlineData(0.951, 20)]
    [InlineData(1.0, 20)]
    [InlineData(0.001, 1)]
    public void Percentile_is_the_nearest_rank(double share, double expected)
    {
        Assert.Equal(expected, Percentile.Of(Enumerable.Range(1, 20).Select(i => (double)(21 - i)), share));
    }

    [Fact]
    public void Percentile_counts_calls_that_did_not_complete_as_infinite()
    {
        Assert.Equal(double.PositiveInfinity, Percentile.Of([1, 2, double.PositiveInfinity], 0.99));
        Assert.Equal(2, Percentile.Of([1, 2, double.PositiveInfinity], 0.5));
        Assert.True(double.IsNaN(Percentile.Of([], 0.5)));
    }

    [Fact]
    public void Series_of_unequal_lengths_is_refused()
    {
        Assert.Throws<ArgumentException>(() => new Series("a", "b", [1, 2], [1]));
    }
}
