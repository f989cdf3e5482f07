using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Fleet;
using LoadLab.Serving;
using LoadLab.Serving.Autoscaling;
using LoadLab.Serving.Profiles;
using LoadLab.Workload;

namespace LoadLab.Planning;

/// <summary>Plays one policy against a schedule. Whatever it draws comes from the seed.</summary>
public delegate AbReplay Play(Schedule schedule, Seed seed);

/// <summary>One of the two policies of a comparison.</summary>
public sealed record AbSide(string Name, Play Play)
{
    /// <summary>A policy on the simulated fleet.</summary>
    public static AbSide Simulated(string name, ServiceProfile profile, FleetOptions fleet, ServingOptions serving, AutoscalerOptions autoscaler) => new(name, (schedule, seed) =>
    {
        var result = FleetSimulation.Run(schedule, profile, fleet, serving, autoscaler, seed);
        return new AbReplay(result.Calls, [.. result.Usage, .. EmptyGpus.Of(result)], result.End)
        {
            Assumptions = result.Assumptions,
            Gpus = ReplicaGpus.Of(fleet, profile.GpusPerReplica),
        };
    });
}

/// <summary>What one play gave.</summary>
/// <param name="Calls">One row per planned call.</param>
/// <param name="Usage">Every replica.</param>
/// <param name="End">When the play ended.</param>
public sealed record AbReplay(IReadOnlyList<CallRecord> Calls, IReadOnlyList<ReplicaUsage> Usage, Instant End)
{
    /// <summary>What was assumed for want of knowledge, one sentence each.</summary>
    public IReadOnlyList<string> Assumptions { get; init; } = [];

    /// <summary>GPUs that its replicas are; null = as many as the evidence says.</summary>
    public ReplicaGpus? Gpus { get; init; }
}
