using System.Globalization;

namespace LoadLab.Sensors;

/// <summary>The tightest limits from this process's group up to the top: what really binds.</summary>
/// <param name="Cores">CPU time per time; null = no limit.</param>
/// <param name="MemoryBytes">Null = no limit.</param>
internal sealed record CgroupLimits(double? Cores, long? MemoryBytes)
{
    // Version 1 writes "no limit" as the largest multiple of the page size below 2^63.
    private const long NoLimit = 1L << 60;

    public static CgroupLimits Of(CgroupFolders folders) => new(
        Tightest(folders.Cpu, (folder, version) => version == 2 ? CpuMax(Text($"{folder}/cpu.max")) : Quota(Text($"{folder}/cpu.cfs_quota_us"), Text($"{folder}/cpu.cfs_period_us"))),
        (long?)Tightest(folders.Memory, (folder, version) => Memory(Text($"{folder}/{(version == 2 ? "memory.max" : "memory.limit_in_bytes")}"))));

    /// <summary>Version 2, cpu.max: "200000 100000" or "max 100000".</summary>
    public static double? CpuMax(string? text)
    {
        var words = text?.Split(' ', 2, StringSplitOptions.TrimEntries) ?? [];
        return words.Length == 2 ? Quota(words[0], words[1]) : null;
    }

    /// <summary>Version 1: a quota of -1 is no limit.</summary>
    public static double? Quota(string? quota, string? period) => Whole(quota) is > 0 and var allowed && Whole(period) is > 0 and var each ? (double)allowed / each : null;

    public static double? Memory(string? text) => Whole(text) is > 0 and < NoLimit and var bytes ? bytes : null;

    private static double? Tightest(CgroupFolder? folder, Func<string, int, double?> limit) => folder?.Upwards().Min(path => limit(path, folder.Version));

    private static long? Whole(string? text) => long.TryParse(text?.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : null;

    private static string? Text(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllText(path) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
