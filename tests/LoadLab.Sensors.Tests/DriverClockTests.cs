using LoadLab.Core;

namespace LoadLab.Sensors.Tests;

public sealed class DriverClockTests
{
    private const long Wall = 1_770_000_000_000_000;

    [Fact]
    public void Wall_clock_stamp_lands_where_the_runs_clock_was() =>
        Assert.Equal(Instant.FromSeconds(9.75), new DriverClock().Place(Instant.FromSeconds(10), Wall, Wall - 250_000));

    [Fact]
    public void Delay_between_the_two_clocks_does_not_move_later_samples()
    {
        var clock = new DriverClock();
        var first = clock.Place(Instant.FromSeconds(10), Wall, Wall - 100_000);

        // This round read the wall clock 3 ms after its own time.
        var second = clock.Place(Instant.FromSeconds(10.05), Wall + 53_000, Wall);
        Assert.Equal(Duration.FromSeconds(0.1), second - first);
    }

    [Fact]
    public void Step_of_the_wall_clock_is_followed()
    {
        var clock = new DriverClock();
        clock.Place(Instant.FromSeconds(10), Wall, Wall);
        Assert.Equal(Instant.FromSeconds(11), clock.Place(Instant.FromSeconds(11), Wall + 60_000_000, Wall + 60_000_000));
    }

    [Fact]
    public void Other_clock_is_anchored_at_its_newest_sample()
    {
        var clock = new DriverClock();
        Assert.Equal(Instant.FromSeconds(10), clock.Place(Instant.FromSeconds(10), Wall, 5_000_000));
        Assert.Equal(Instant.FromSeconds(9.9), clock.Place(Instant.FromSeconds(10), Wall, 4_900_000));
        Assert.Equal(Instant.FromSeconds(10.5), clock.Place(Instant.FromSeconds(10.7), Wall + 700_000, 5_500_000));
    }

    [Fact]
    public void Impossible_stamp_does_not_throw() => new DriverClock().Place(Instant.FromSeconds(10), Wall, ulong.MaxValue);
}
