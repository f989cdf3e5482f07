using LoadLab.Core;
using LoadLab.Engine.Observers;

namespace LoadLab.Engine.Tests.Observers;

public sealed class ServerClockTests
{
    [Fact]
    public void Unix_time_is_brought_to_the_run_within_the_uncertainty()
    {
        var clock = new ServerClock();
        Assert.Null(clock.ToRun(1.8e9));
        clock.Observe(At(10), At(10.2), 1.8e9);
        Assert.Equal(0.1005, clock.Uncertainty.Seconds, 6);
        Assert.Equal(10.1005, clock.ToRun(1.8e9)!.Value.Seconds, 6);
        Assert.Equal(1.8e9 + 5, clock.ToServer(At(15.1005))!.Value, 3);
    }

    [Fact]
    public void Shortest_round_trip_wins_until_it_has_grown_old()
    {
        var clock = new ServerClock();
        clock.Observe(At(0), At(0.002), 1000);
        clock.Observe(At(1), At(2), 5000);
        Assert.Equal(0.0015, clock.Uncertainty.Seconds, 6);

        // 100 parts in a million of 6000 s are 0.6 s: a second opinion of ± 0.5 s is better by then.
        clock.Observe(At(6000), At(6001), 7000);
        Assert.Equal(0.5005, clock.Uncertainty.Seconds, 6);
    }

    private static Instant At(double seconds) => Instant.FromSeconds(seconds);
}
