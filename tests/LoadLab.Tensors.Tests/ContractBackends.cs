namespace LoadLab.Tensors.Tests;

/// <summary>
/// Every backend this build has, by the name a test shows: what the interface states is tested on all of them. The cpu backend at every vector width this processor has, with
/// one and with three threads; libtorch where the build brings it.
/// </summary>
internal static partial class ContractBackends
{
    public const long Capacity = 1L << 30;

    private static readonly Dictionary<string, Func<long, ITensorBackend>> s_all = Find();

    public static TheoryData<string> Names => [.. s_all.Keys];

    public static ITensorBackend Create(string name, long capacityBytes = Capacity) => s_all[name](capacityBytes);

    static partial void AddOptional(Dictionary<string, Func<long, ITensorBackend>> all);

    private static Dictionary<string, Func<long, ITensorBackend>> Find()
    {
        var all = new Dictionary<string, Func<long, ITensorBackend>>();
        foreach (var level in Enum.GetValues<VectorLevel>().Where(VectorLevels.IsSupported))
        {
            all.Add($"cpu {VectorLevels.Name(level)} 1", capacity => new CpuBackend(capacity, 1, level));
            all.Add($"cpu {VectorLevels.Name(level)} 3", capacity => new CpuBackend(capacity, 3, level));
        }

        AddOptional(all);
        return all;
    }
}
