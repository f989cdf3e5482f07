using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Fleet;
using LoadLab.Serving;

namespace LoadLab.Planning;

/// <summary>GPUs of nodes that no replica had, empty or under repair, which are paid for all the same: as idle time of a replica of one GPU, from the run's start.</summary>
internal static class EmptyGpus
{
    /// <summary>The name of their kind.</summary>
    public const string Kind = "empty GPUs";

    public static IEnumerable<ReplicaUsage> Of(SimulationResult result) => Of(result.Gpus.WithoutReplica.Seconds);

    public static IEnumerable<ReplicaUsage> Of(RunManifest manifest) => Of(manifest.EmptyGpuSeconds ?? 0);

    private static IEnumerable<ReplicaUsage> Of(double gpuSeconds) => gpuSeconds <= 0 ? [] :
    [
        new ReplicaUsage
        {
            Replica = new ReplicaId(-1),
            Kind = new ReplicaKind(Kind),
            Provisioned = Instant.Zero,
            Gone = Instant.FromSeconds(gpuSeconds),
            Busy = Duration.Zero,
            Load = Duration.Zero,
            Drain = Duration.Zero,
            Down = Duration.Zero,
        },
    ];
}
