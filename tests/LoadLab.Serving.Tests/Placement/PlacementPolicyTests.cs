using LoadLab.Core;
using LoadLab.Serving.Placement;

namespace LoadLab.Serving.Tests.Placement;

public class PlacementPolicyTests
{
    private static readonly PlacementNeed s_need = new(Instant.FromSeconds(10), ModelElsewhere: true);

    [Fact]
    public void Packed_takes_the_first_that_has_the_model_then_the_first_empty_one_then_the_first()
    {
        Expect(PlacementKind.Packed, 2, "has-model", Other(), Empty(), Has(busy: 9), Has(busy: 1));
        Expect(PlacementKind.Packed, 1, "empty", Other(), Empty(busy: 9), Empty(busy: 1));
        Expect(PlacementKind.Packed, 0, "swap", Other(busy: 9), Other(busy: 1));
    }

    [Fact]
    public void Least_loaded_takes_the_least_busy_of_those_that_cost_least()
    {
        Expect(PlacementKind.LeastLoaded, 3, "has-model", Other(), Empty(), Has(busy: 9), Has(busy: 1));
        Expect(PlacementKind.LeastLoaded, 2, "empty", Other(), Empty(busy: 9), Empty(busy: 1));
        Expect(PlacementKind.LeastLoaded, 1, "swap", Other(busy: 9), Other(busy: 1));
        Expect(PlacementKind.LeastLoaded, 0, "has-model", Has(busy: 1), Has(busy: 1));
    }

    [Fact]
    public void Memory_aware_takes_the_most_free_bytes_and_the_unknown_last()
    {
        Expect(PlacementKind.MemoryAware, 1, "has-model", Has(free: 5), Has(free: 7), Has(free: null), Empty(free: 99));
        Expect(PlacementKind.MemoryAware, 1, "has-model", Has(free: null), Has(free: 0));
        Expect(PlacementKind.MemoryAware, 1, "swap", Empty(free: 5), Other(free: 7));
        Expect(PlacementKind.MemoryAware, 1, "empty", Other(free: 7), Empty(free: 7));
        Expect(PlacementKind.MemoryAware, 2, "empty", Other(free: null), Other(free: null), Empty(free: null));
    }

    [Fact]
    public void Model_affine_waits_for_the_replica_that_has_the_model_and_swaps_when_that_takes_too_long()
    {
        var policy = new ModelAffinePlacement(Duration.FromSeconds(30));
        PlacementCandidate[] free = [Other(), Other()];
        Assert.Equal(new PlacementDecision(-1, Instant.FromSeconds(40), "waits-for-model"), policy.Choose(Instant.FromSeconds(10), free, s_need));
        Assert.Equal(new PlacementDecision(-1, Instant.FromSeconds(40), "waits-for-model"), policy.Choose(Instant.FromSeconds(39), free, s_need));
        Assert.Equal(new PlacementDecision(0, null, "swap-after"), policy.Choose(Instant.FromSeconds(40), free, s_need));
    }

    [Fact]
    public void Model_affine_does_not_wait_when_nobody_has_the_model_or_a_replica_is_empty_or_has_it()
    {
        var policy = new ModelAffinePlacement(Duration.FromSeconds(30));
        var now = Instant.FromSeconds(11);
        Assert.Equal(new PlacementDecision(0, null, "swap"), policy.Choose(now, [Other(), Other()], s_need with { ModelElsewhere = false }));
        Assert.Equal(new PlacementDecision(1, null, "empty"), policy.Choose(now, [Other(), Empty()], s_need));
        Assert.Equal(new PlacementDecision(2, null, "has-model"), policy.Choose(now, [Other(), Empty(), Has()], s_need));
    }

    [Theory]
    [InlineData(PlacementKind.Packed)]
    [InlineData(PlacementKind.LeastLoaded)]
    [InlineData(PlacementKind.MemoryAware)]
    [InlineData(PlacementKind.ModelAffine)]
    public void No_policy_loads_what_is_loaded_and_each_picks_one_of_the_free(PlacementKind kind)
    {
        var policy = new PlacementOptions { Kind = kind }.Create();
        var chance = new Seed(3).Stream("placement");
        for (var i = 0; i < 2000; i++)
        {
            var free = new PlacementCandidate[1 + chance.NextInt(6)];
            for (var r = 0; r < free.Length; r++)
            {
                long? bytes = chance.NextInt(3) == 0 ? null : chance.NextInt(4);
                free[r] = chance.NextInt(3) switch { 0 => Has(chance.NextInt(4), bytes), 1 => Empty(chance.NextInt(4), bytes), _ => Other(chance.NextInt(4), bytes) };
            }

            var now = Instant.FromSeconds(10 + (chance.NextDouble() * 60));
            var decision = policy.Choose(now, free, s_need with { ModelElsewhere = chance.NextInt(2) == 0 });
            Assert.True(decision.Index < free.Length);
            Assert.True(decision.Index >= 0 || decision.Until > now, "waits for an instant that has passed");
            Assert.Equal(free.Any(candidate => candidate.HasModel), decision.Index >= 0 && free[decision.Index].HasModel);
        }
    }

    private static void Expect(PlacementKind kind, int index, string reason, params PlacementCandidate[] free) =>
        Assert.Equal(new PlacementDecision(index, null, reason), new PlacementOptions { Kind = kind }.Create().Choose(Instant.FromSeconds(11), free, s_need));

    private static PlacementCandidate Has(double busy = 0, long? free = null) => new(true, false, free, Duration.FromSeconds(busy));

    private static PlacementCandidate Empty(double busy = 0, long? free = null) => new(false, false, free, Duration.FromSeconds(busy));

    private static PlacementCandidate Other(double busy = 0, long? free = null) => new(false, true, free, Duration.FromSeconds(busy));
}
