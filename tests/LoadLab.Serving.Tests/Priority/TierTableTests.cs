using LoadLab.Serving.Priority;

namespace LoadLab.Serving.Tests.Priority;

public class TierTableTests
{
    [Fact]
    public void Lanes_stand_in_order_of_service()
    {
        var table = new TierTable(
        [
            new() { Name = "free", Priority = 7 },
            new() { Name = "gold", Priority = 2 },
            new() { Name = "ops", Emergency = true },
            new() { Name = "vip", Priority = 0 },
            new() { Name = "silver", Priority = 2 },
            new() { Name = "police", Emergency = true },
        ]);
        Assert.Equal(["ops", "police", "vip", "gold", "silver", "free", ""], Enumerable.Range(0, table.Lanes).Select(lane => table.Of(lane).Name));
        Assert.Equal([-1, -1, 0, 2, 2, 7, 7], Enumerable.Range(0, table.Lanes).Select(table.PriorityOf));
        Assert.Equal([0, 2, 4, 5], new[] { "ops", "vip", "silver", "free" }.Select(table.LaneOf));
    }

    [Fact]
    public void Tier_that_is_not_listed_has_the_last_lane_and_no_limits()
    {
        var table = new TierTable([new() { Name = "vip", Priority = 3, MaxWait = new(1), DailyQuota = 1, Concurrent = 1 }]);
        Assert.Equal((1, 1, 0), (table.LaneOf("unheard-of"), table.LaneOf(""), table.LaneOf("vip")));
        Assert.Equal(new TierOptions { Priority = 3 }, table.Of(1));
    }

    [Fact]
    public void Without_tiers_there_is_one_lane()
    {
        var table = new TierTable([]);
        Assert.Equal((1, 0, 0), (table.Lanes, table.LaneOf("vip"), table.PriorityOf(0)));
    }

    [Fact]
    public void Only_an_emergency_tier_leaves_priority_0_to_the_rest()
    {
        var table = new TierTable([new() { Name = "ops", Emergency = true }]);
        Assert.Equal([-1, 0], Enumerable.Range(0, table.Lanes).Select(table.PriorityOf));
    }
}
