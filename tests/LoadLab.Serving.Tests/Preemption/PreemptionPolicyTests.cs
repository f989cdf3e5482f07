using LoadLab.Core;
using LoadLab.Serving.Preemption;

namespace LoadLab.Serving.Tests.Preemption;

public class PreemptionPolicyTests
{
    [Fact]
    public void Lowest_priority_gives_way_and_of_those_the_batch_that_started_last()
    {
        var policy = new PreemptionPolicy(new PreemptionOptions { On = true });
        Assert.Equal(2, policy.Choose(0, [Running(1, 9), Running(2, 3), Running(2, 5), Running(2, 4)]));
        Assert.Equal(0, policy.Choose(1, [Running(2, 5), Running(2, 5)]));
    }

    [Fact]
    public void Nobody_of_the_same_or_a_better_priority_gives_way()
    {
        var policy = new PreemptionPolicy(new PreemptionOptions { On = true });
        Assert.Equal(-1, policy.Choose(1, [Running(1, 1), Running(0, 2), Running(-1, 3)]));
        Assert.Equal(-1, policy.Choose(0, []));
        Assert.Equal(1, policy.Choose(-1, [Running(-1, 1), Running(0, 2)]));
    }

    [Fact]
    public void Batch_that_gave_way_as_often_as_it_must_runs_on()
    {
        var policy = new PreemptionPolicy(new PreemptionOptions { On = true, Most = 2 });
        Assert.Equal(1, policy.Choose(0, [Running(1, 9, preemptions: 2), Running(1, 3, preemptions: 1)]));
        Assert.Equal(-1, policy.Choose(0, [Running(1, 9, preemptions: 2)]));
    }

    [Fact]
    public void Only_the_tiers_that_are_named_preempt()
    {
        Assert.True(new PreemptionPolicy(new PreemptionOptions { On = true, By = ["vip"] }).May("vip"));
        Assert.False(new PreemptionPolicy(new PreemptionOptions { On = true, By = ["vip"] }).May("paid"));
        Assert.True(new PreemptionPolicy(new PreemptionOptions { On = true }).May("paid"));
        Assert.False(new PreemptionPolicy(new PreemptionOptions()).May("vip"));
    }

    private static PreemptionCandidate Running(int priority, double started, int preemptions = 0) => new(priority, preemptions, Instant.FromSeconds(started));
}
