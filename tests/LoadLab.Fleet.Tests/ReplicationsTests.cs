using LoadLab.Core;

namespace LoadLab.Fleet.Tests;

public class ReplicationsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void Results_stand_in_order_of_number_whatever_the_threads(int threads)
    {
        var results = Replications.Run(40, threads, new Seed(3), (number, seed) => (number, seed.Value));
        Assert.Equal(Enumerable.Range(0, 40).Select(number => (number, Replications.SeedOf(new Seed(3), number).Value)), results);
    }

    [Fact]
    public void First_replication_is_the_run_of_the_seed_and_every_other_has_a_seed_of_its_own()
    {
        var seeds = Enumerable.Range(0, 1000).Select(number => Replications.SeedOf(new Seed(42), number)).ToList();
        Assert.Equal(new Seed(42), seeds[0]);
        Assert.Equal(1000, seeds.Distinct().Count());
    }

    [Fact]
    public void Failure_of_one_replication_is_the_failure_of_all()
    {
        var failed = Assert.Throws<AggregateException>(() => Replications.Run(4, 2, new Seed(1), (number, _) => number == 2 ? throw new InvalidOperationException("no such fleet") : number));
        Assert.Equal("no such fleet", failed.GetBaseException().Message);
    }
}
