using LoadLab.Core;
using LoadLab.Model.Pipeline;
using LoadLab.Model.Server.Emulation;
using LoadLab.Model.Server.Replicas;
using LoadLab.Serving;

namespace LoadLab.Model.Server.Tests.Replicas;

public sealed class FaultPlanTests
{
    [Fact]
    public void About_one_job_in_n_is_hit_the_same_ones_for_the_same_seed_and_others_for_another()
    {
        var hit = Hit(new FaultOptions { FailEvery = 10 }, seed: 1);

        Assert.InRange(hit.Count, 60, 140);
        Assert.Equal(hit, Hit(new FaultOptions { FailEvery = 10 }, seed: 1));
        Assert.NotEqual(hit, Hit(new FaultOptions { FailEvery = 10 }, seed: 2));
        Assert.NotEqual(hit, Hit(new FaultOptions { CrashEvery = 10 }, seed: 1));
    }

    [Fact]
    public void A_job_is_hit_at_its_first_attempt_only()
    {
        var plan = new FaultPlan(new FaultOptions { FailEvery = 1 }, new Seed(1));

        Assert.Equal([Fault.Throw, Fault.None, Fault.Throw], new[] { 0, 0, 1 }.Select(job => plan.Of([new JobId(job)], [Task("a cat")])));
    }

    [Fact]
    public void A_batch_larger_than_the_limit_or_with_poison_in_it_is_hit_every_time()
    {
        var plan = new FaultPlan(new FaultOptions { OutOfMemoryAbove = 2, Poison = "virus" }, new Seed(1));
        JobId[] three = [new(0), new(1), new(2)];

        for (var attempt = 0; attempt < 2; attempt++)
        {
            Assert.Equal(Fault.OutOfMemory, plan.Of(three, [Task("a"), Task("b"), Task("c")]));
            Assert.Equal(Fault.Throw, plan.Of(three[..2], [Task("a"), Task("a VIRUS under a lens")]));
            Assert.Equal(Fault.None, plan.Of(three[..2], [Task("a"), Task("b")]));
        }
    }

    private static List<int> Hit(FaultOptions options, ulong seed)
    {
        var plan = new FaultPlan(options, new Seed(seed));
        return [.. Enumerable.Range(0, 1000).Where(job => plan.Of([new JobId(job)], [Task("a cat")]) != Fault.None)];
    }

    private static VideoTask Task(string prompt) => new(new ModelId("m"), new JobShape(32, 32, 1, 4), new VideoJob(prompt, 1), 16);
}
