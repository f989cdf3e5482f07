using LoadLab.Core;
using LoadLab.Serving.Loading;

namespace LoadLab.Serving.Tests.Loading;

public class IdleRuleTests
{
    [Fact]
    public void Nothing_is_due_without_pings_and_unloading() => Assert.Null(new IdleRule(new()).Next(Instant.FromSeconds(10), null));

    [Fact]
    public void Model_is_unloaded_when_the_replica_has_been_idle_long_enough() =>
        Assert.Equal(new IdleDue(IdleAct.Unload, Instant.FromSeconds(610), "idle"), new IdleRule(new() { UnloadAfter = Duration.FromSeconds(600) }).Next(Instant.FromSeconds(10), null));

    [Fact]
    public void Warm_replica_is_pinged_from_the_end_of_each_ping_and_unloaded_by_its_last_job()
    {
        var rule = new IdleRule(new() { PingEvery = Duration.FromSeconds(60), UnloadAfter = Duration.FromSeconds(150) });
        Assert.Equal(new IdleDue(IdleAct.Ping, Instant.FromSeconds(70), "keep-warm"), rule.Next(Instant.FromSeconds(10), null));
        Assert.Equal(new IdleDue(IdleAct.Ping, Instant.FromSeconds(132), "keep-warm"), rule.Next(Instant.FromSeconds(10), Instant.FromSeconds(72)));
        Assert.Equal(new IdleDue(IdleAct.Unload, Instant.FromSeconds(160), "idle"), rule.Next(Instant.FromSeconds(10), Instant.FromSeconds(134)));
    }

    [Fact]
    public void Model_that_goes_now_is_not_pinged_first()
    {
        var rule = new IdleRule(new() { PingEvery = Duration.FromSeconds(60), UnloadAfter = Duration.FromSeconds(120) });
        Assert.Equal(new IdleDue(IdleAct.Unload, Instant.FromSeconds(120), "idle"), rule.Next(Instant.Zero, Instant.FromSeconds(60)));
    }

    [Fact]
    public void Pings_alone_go_on_for_ever()
    {
        var rule = new IdleRule(new() { PingEvery = Duration.FromSeconds(60) });
        Assert.Equal(new IdleDue(IdleAct.Ping, Instant.FromSeconds(1e6 + 60), "keep-warm"), rule.Next(Instant.Zero, Instant.FromSeconds(1e6)));
    }
}
