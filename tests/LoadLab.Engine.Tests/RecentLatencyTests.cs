using LoadLab.Core;

namespace LoadLab.Engine.Tests;

public sealed class RecentLatencyTests
{
    [Fact]
    public void Quantiles_are_within_a_percent()
    {
        var recent = new RecentLatency();
        for (var i = 1; i <= 1000; i++)
        {
            recent.Add(Instant.FromSeconds(i / 20.0), Duration.FromSeconds(i / 100.0));
        }

        var (p50, p95) = recent.Seconds(Instant.FromSeconds(50));
        Assert.InRange(p50, 4.95, 5.05);
        Assert.InRange(p95, 9.40, 9.60);
    }

    [Fact]
    public void What_is_older_than_70_seconds_is_forgotten()
    {
        var recent = new RecentLatency();
        recent.Add(Instant.FromSeconds(1), Duration.FromSeconds(100));
        Assert.InRange(recent.Seconds(Instant.FromSeconds(69)).P50, 99, 101);
        Assert.True(double.IsNaN(recent.Seconds(Instant.FromSeconds(70)).P50));
        recent.Add(Instant.FromSeconds(71), Duration.FromSeconds(1));
        Assert.InRange(recent.Seconds(Instant.FromSeconds(71)).P95, 0.99, 1.01);
    }

    [Fact]
    public void Extremes_stay_in_the_table()
    {
        var recent = new RecentLatency();
        recent.Add(Instant.FromSeconds(-3), Duration.Zero);
        recent.Add(Instant.Zero, Duration.FromSeconds(1e9));
        Assert.True(recent.Seconds(Instant.Zero).P50 > 0);
    }
}
