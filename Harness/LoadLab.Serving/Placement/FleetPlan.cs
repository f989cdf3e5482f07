using LoadLab.Serving.Autoscaling;

namespace LoadLab.Serving.Placement;

/// <summary>The groups of replicas that the rules together ask for.</summary>
internal static class FleetPlan
{
    /// <summary>
    /// With a pipeline one group for each stage. Else what the target names, or one group of everything; before it one group for each tier that owns replicas, which
    /// are taken from a fixed fleet and come on top of a scaled one. At most one group is scaled.
    /// </summary>
    public static IReadOnlyList<ReplicaGroup> Of(ServingOptions serving)
    {
        if (serving.Pipeline.On)
        {
            return
            [
                Stage(serving, Serving.Stage.Text, serving.Pipeline.Text),
                Stage(serving, Serving.Stage.Denoise, serving.Pipeline.Denoise),
                Stage(serving, Serving.Stage.Decode, serving.Pipeline.Decode),
                .. serving.Groups.Where(group => !group.Scaled),
            ];
        }

        var main = serving.Groups.FirstOrDefault(group => group.Scaled) ?? new ReplicaGroup { Kind = serving.Kind, Scaled = true };
        var owned = serving.Tiers.Where(tier => tier.Replicas > 0).Select(tier => main with { Tier = tier.Name, Replicas = tier.Replicas, Scaled = false });
        return [.. owned, main, .. serving.Groups.Where(group => !group.Scaled)];
    }

    /// <summary>Replicas of the scaled group when the autoscaler wants <paramref name="wanted"/>: of a fixed fleet, what tiers do not own.</summary>
    public static int Shared(ServingOptions serving, AutoscalerOptions autoscaler, int wanted) =>
        autoscaler.Kind == AutoscalerKind.Fixed ? Math.Max(0, wanted - serving.Tiers.Sum(tier => tier.Replicas)) : wanted;

    private static ReplicaGroup Stage(ServingOptions serving, Stage stage, int replicas) =>
        new() { Kind = serving.Kind, Models = serving.Model.Name.Length > 0 ? [serving.Model] : [], Stage = stage, Replicas = replicas };
}
