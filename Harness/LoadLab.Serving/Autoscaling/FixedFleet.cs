using LoadLab.Core;

namespace LoadLab.Serving.Autoscaling;

/// <summary>A number of replicas that never changes. Choose it as the yardstick of every other rule.</summary>
internal sealed class FixedFleet(int replicas) : IAutoscaler
{
    public int Initial => replicas;

    public Duration? Interval => null;

    public ScaleDecision Decide(Instant now, FleetSnapshot fleet) => new(replicas, "fixed");
}
