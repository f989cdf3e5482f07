using LoadLab.Serving.Recovery;

namespace LoadLab.Serving.Tests.Recovery;

public class ReplicaHealthTests
{
    private static readonly ReplicaId s_first = new(0);
    private static readonly ReplicaId s_second = new(1);

    [Fact]
    public void Third_failure_in_a_row_asks_for_a_replacement()
    {
        var health = new ReplicaHealth(new() { ReplicaFailures = 3 });
        Assert.False(health.Failed(s_first));
        Assert.False(health.Failed(s_first));
        Assert.False(health.Failed(s_second));
        Assert.True(health.Failed(s_first));
        Assert.True(health.Failed(s_first));
    }

    [Fact]
    public void Batch_that_went_well_starts_the_count_again()
    {
        var health = new ReplicaHealth(new() { ReplicaFailures = 2 });
        Assert.False(health.Failed(s_first));
        health.Succeeded(s_first);
        Assert.False(health.Failed(s_first));
        Assert.True(health.Failed(s_first));
        health.Forget(s_first);
        Assert.False(health.Failed(s_first));
    }

    [Fact]
    public void Zero_replaces_nothing()
    {
        var health = new ReplicaHealth(new());
        Assert.DoesNotContain(true, Enumerable.Range(0, 100).Select(_ => health.Failed(s_first)));
    }
}
