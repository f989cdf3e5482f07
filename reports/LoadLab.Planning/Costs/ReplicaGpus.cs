using LoadLab.Core.Runs;
using LoadLab.Fleet;
using LoadLab.Serving;

namespace LoadLab.Planning;

/// <summary>GPUs that one replica is, each of which is paid for: the same for all, or by kind.</summary>
/// <param name="Any">Of a kind that <paramref name="ByKind"/> does not name; at least 1.</param>
/// <param name="ByKind">By name of the kind.</param>
public sealed record ReplicaGpus(int Any, IReadOnlyDictionary<string, int> ByKind)
{
    public static ReplicaGpus One { get; } = All(1);

    public static ReplicaGpus All(int gpus) => new(gpus, new Dictionary<string, int>());

    /// <summary>As the run's manifest says.</summary>
    public static ReplicaGpus Of(RunManifest manifest) => new(Math.Max(1, manifest.GpusPerReplica), manifest.GpusByKind ?? new Dictionary<string, int>());

    /// <summary>Of a simulated fleet: as its kinds say, and for all others as the profile does.</summary>
    public static ReplicaGpus Of(FleetOptions fleet, int gpusOfProfile) => new(gpusOfProfile, fleet.GpusByKind);

    public int Of(ReplicaUsage usage) => usage.Kind.Name == EmptyGpus.Kind ? 1 : ByKind.GetValueOrDefault(usage.Kind.Name, Any);
}
