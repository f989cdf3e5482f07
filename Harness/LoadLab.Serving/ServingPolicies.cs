using LoadLab.Serving.Autoscaling;
using LoadLab.Serving.Batching;
using LoadLab.Serving.Placement;

namespace LoadLab.Serving;

/// <summary>The policies that the core asks, as the options choose them.</summary>
internal sealed record ServingPolicies(IBatchPolicy Batching, IPlacementPolicy Placement, IAutoscaler Autoscaler)
{
    public static ServingPolicies Of(ServingOptions serving, AutoscalerOptions autoscaler) => new(serving.Batching.Create(), serving.Placement.Create(), autoscaler.Create());
}
