using LoadLab.Core;
using LoadLab.Serving.Placement;

namespace LoadLab.Serving.Tests.Placement;

public class PlacementOptionsTests
{
    [Theory]
    [InlineData("preload: true", PlacementKind.Packed, 30, typeof(PackedPlacement))]
    [InlineData("placement: { policy: packed }", PlacementKind.Packed, 30, typeof(PackedPlacement))]
    [InlineData("placement: { policy: least-loaded }", PlacementKind.LeastLoaded, 30, typeof(LeastLoadedPlacement))]
    [InlineData("placement: { policy: memory-aware }", PlacementKind.MemoryAware, 30, typeof(MemoryAwarePlacement))]
    [InlineData("placement: { policy: model-affine, swapAfter: 5s }", PlacementKind.ModelAffine, 5, typeof(ModelAffinePlacement))]
    public void Each_word_makes_its_policy(string serving, PlacementKind kind, double swapAfter, Type policy)
    {
        var options = ServingKey.Good(serving, PlacementOptions.Bind);
        Assert.Equal(new PlacementOptions { Kind = kind, SwapAfter = Duration.FromSeconds(swapAfter) }, options);
        Assert.IsType(policy, options.Create());
    }

    [Theory]
    [InlineData("placement: { policy: random }", "1 serving.placement.policy is not known")]
    [InlineData("placement: { policy: packed, swapAfter: 5s }", "1 serving.placement.swapAfter is for policy model-affine alone")]
    [InlineData("placement: { kind: packed }", "1 serving.placement.kind is not a known field")]
    public void What_makes_no_sense_is_refused(string serving, string problem) => Assert.Equal([problem], ServingKey.Bad(serving, PlacementOptions.Bind));
}
