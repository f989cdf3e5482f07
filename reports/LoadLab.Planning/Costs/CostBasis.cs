using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Core.Runs;
using LoadLab.Serving;

namespace LoadLab.Planning;

/// <summary>What a cost is computed from.</summary>
public sealed record CostBasis
{
    /// <summary>Where each replica's provisioned time went.</summary>
    public required IReadOnlyList<ReplicaUsage> Usage { get; init; }

    /// <summary>Where <see cref="Usage"/> was seen when it is of a service's metrics; null when it is of a serving core's journal.</summary>
    public UsageSource? Source { get; init; }

    /// <summary>What the busy time was for; null = the calls' own times say.</summary>
    public WorkAccount? Work { get; init; }

    /// <summary>GPUs that one replica is; each is paid for.</summary>
    /// <value>One.</value>
    public ReplicaGpus Gpus { get; init; } = ReplicaGpus.One;

    /// <summary>One row per planned call.</summary>
    public required IReadOnlyList<CallRecord> Calls { get; init; }

    public required PriceOptions Price { get; init; }

    public required Evidence Evidence { get; init; }

    /// <summary>What the work ran on, or for a simulated run what its profile was measured on.</summary>
    public required string Device { get; init; }

    /// <summary>Whether <see cref="Device"/> is a processor: then no GPU was rented and the money is "priced as if".</summary>
    public required bool DeviceIsCpu { get; init; }

    /// <summary>Completed calls that a real model served: in this run, or behind its profile.</summary>
    public required int RealCalls { get; init; }

    /// <summary>From a run folder with the journal of its serving core, or else with replicas that its observers saw.</summary>
    /// <param name="run">The folder; a killed run's is priced up to its last journal line, or its last call.</param>
    /// <param name="price">One price for all replicas.</param>
    /// <param name="gpus">GPUs that one replica is; null = as run.json says.</param>
    /// <exception cref="InputException">The folder has neither: what the run provisioned is not known.</exception>
    public static CostBasis Of(RunFolder run, PriceOptions price, ReplicaGpus? gpus = null)
    {
        var manifest = run.ReadManifest();
        var calls = run.ReadCalls();
        var observed = run.Has(RunFolder.DecisionsName) ? null : ObservedUsage.Of(run, calls)
            ?? throw new InputException(new Problem(run.FullPath, 0, "", null, $"has no {RunFolder.DecisionsName} and no observed replicas", "price a run whose serving core kept its journal (local, emulated or simulated), or play it again with target.observe giving replicas"));
        return new CostBasis
        {
            Usage = observed?.Replicas ?? [.. ReplicaUsageAccount.OfJournal(run.File(RunFolder.DecisionsName)), .. EmptyGpus.Of(manifest)],
            Source = observed?.Source,
            Work = observed is null ? WorkAccount.OfJournal(run.File(RunFolder.DecisionsName)) : null,
            Gpus = gpus ?? ReplicaGpus.Of(manifest),
            Calls = calls,
            Price = price,
            Evidence = manifest.Evidence switch
            {
                "real" => Evidence.Real,
                "emulated" => Evidence.Emulated,
                _ => Evidence.Simulated,
            },
            Device = manifest.Device,
            DeviceIsCpu = !DeviceWords.IsGpu(manifest.Device),
            RealCalls = RunSummary.RealCallsOf(manifest, calls),
        };
    }
}
