using LoadLab.Core;
using LoadLab.Serving.Recovery;

namespace LoadLab.Serving.Tests.Recovery;

public class CheckpointIntervalTests
{
    [Theory]
    [InlineData(5, 3600, 189.736660)]
    [InlineData(2, 7200, 169.705627)]
    [InlineData(0.5, 1, 1)]
    public void Youngs_interval_is_the_root_of_twice_cost_and_mean_time(double cost, double mean, double seconds) =>
        Assert.Equal(seconds, CheckpointInterval.Young(Duration.FromSeconds(cost), Duration.FromSeconds(mean)).Seconds, 6);

    [Fact]
    public void Nothing_to_weigh_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => CheckpointInterval.Young(Duration.Zero, Duration.FromSeconds(1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => CheckpointInterval.Young(Duration.FromSeconds(1), Duration.Zero));
    }
}
