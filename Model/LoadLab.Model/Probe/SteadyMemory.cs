using LoadLab.Tensors;

namespace LoadLab.Model.Probe;

/// <summary>What the steady state took from the system and from the runtime.</summary>
/// <param name="SystemBlocks">Blocks that the backend's memory asked of the system; null when the backend does not tell.</param>
/// <param name="ManagedBytesPerStep">Median of what a steady step allocated on the managed heap of its thread.</param>
/// <param name="ManagedBytesPerStepSpread">Most less least of it among the steps of one number in their clips, at the number where that is largest.</param>
/// <param name="ManagedGrowthBytes">Managed bytes that survive a full collection with no clip under way, at the end less in the warm-up.</param>
/// <param name="ResidentBytes">Median resident set of the process.</param>
/// <param name="Resident">Its drift.</param>
public sealed record SteadyMemory(
    long? SystemBlocks, long ManagedBytesPerStep, long ManagedBytesPerStepSpread, long ManagedGrowthBytes, int Gen0Collections, int Gen1Collections, int Gen2Collections, long ResidentBytes, Drift Resident);

/// <summary>Counters at the start of the steady state, to tell at its end what was added.</summary>
/// <param name="device">The backend's memory.</param>
/// <param name="managedBytes">That survived a full collection some time before: the collection itself gives memory back, which would then seem to grow.</param>
internal sealed class MemoryBaseline(IDeviceMemory device, long managedBytes)
{
    private readonly long? _blocks = device.SystemBlocks;
    private readonly int[] _collections = Collections();

    public static long ManagedBytes() => GC.GetTotalMemory(forceFullCollection: true);

    public SteadyMemory Since(IReadOnlyList<ProbePair> pairs, IReadOnlyList<MemorySample> samples)
    {
        // First: what is worked out below is not of the steady state.
        var growth = ManagedBytes() - managedBytes;
        int[] collections = [.. Collections().Zip(_collections, (now, before) => now - before)];
        var steady = pairs.Where(pair => pair.Phase == PairPhase.Steady).ToList();
        return new SteadyMemory(
            device.SystemBlocks - _blocks,
            (long)Order.Median(steady.Select(pair => (double)pair.ManagedBytes)),
            steady.GroupBy(pair => pair.Step).Select(step => step.Max(pair => pair.ManagedBytes) - step.Min(pair => pair.ManagedBytes)).DefaultIfEmpty().Max(),
            growth,
            collections[0],
            collections[1],
            collections[2],
            (long)Order.Median(samples.Select(sample => (double)sample.ResidentBytes)),
            Drift.Of([.. samples.Select(sample => (sample.AtSeconds, (double)sample.ResidentBytes))]));
    }

    private static int[] Collections() => [GC.CollectionCount(0), GC.CollectionCount(1), GC.CollectionCount(2)];
}
