using System.Globalization;
using System.Runtime.InteropServices;

namespace LoadLab.Sensors;

/// <summary>This machine in words, for doctor and run.json.</summary>
/// <param name="Processor">The model, or the architecture where the system does not name it.</param>
/// <param name="Cores">Logical processors this process may use.</param>
/// <param name="MemoryBytes">Of the machine; null where the system does not tell.</param>
/// <param name="CgroupCores">The tightest limit of this process's control groups; null = none.</param>
/// <param name="CgroupMemoryBytes">The same for memory.</param>
public sealed record MachineDescription(string Processor, int Cores, long? MemoryBytes, string OperatingSystem, double? CgroupCores, long? CgroupMemoryBytes)
{
    /// <summary>One line: <c>AMD EPYC, 2 cores, 23.5 GiB, Debian 12 (Linux 6.1), cgroup limits: 2 cores, 4.0 GiB</c>.</summary>
    public string Line
    {
        get
        {
            List<string> parts = [Processor, string.Create(CultureInfo.InvariantCulture, $"{Cores} {(Cores == 1 ? "core" : "cores")}")];
            if (MemoryBytes is { } memory)
            {
                parts.Add(Gibibytes(memory));
            }

            parts.Add(OperatingSystem);
            parts.Add($"cgroup limits: {Limits()}");
            return string.Join(", ", parts);
        }
    }

    public static MachineDescription Read()
    {
        var limits = CgroupLimits.Of(CgroupFolders.OfThisProcess());
        return new MachineDescription(ProcessorName(), Environment.ProcessorCount, Memory(), RuntimeInformation.OSDescription, limits.Cores, limits.MemoryBytes);
    }

    /// <summary>The first "model name" of /proc/cpuinfo; null when there is none.</summary>
    internal static string? ModelName(string cpuInfo) => cpuInfo.Split('\n')
        .Select(line => line.Split(':', 2, StringSplitOptions.TrimEntries))
        .FirstOrDefault(parts => parts is ["model name", { Length: > 0 }])?[1];

    private static string ProcessorName()
    {
        var name = System.OperatingSystem.IsWindows() ? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") : ModelName(Text("/proc/cpuinfo"));
        return string.IsNullOrWhiteSpace(name) ? RuntimeInformation.ProcessArchitecture.ToString() : name;
    }

    private static long? Memory()
    {
        using var file = System.OperatingSystem.IsLinux() ? ProcFile.TryOpen("/proc/meminfo", out _) : null;
        if (file is not null && MemoryInfo.Parse(file.Read()) is { } memory)
        {
            return memory.Total;
        }

        // Elsewhere the runtime knows the machine's memory, or the job's limit where one is set.
        var available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        return available > 0 ? available : null;
    }

    private static string Text(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllText(path) : "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static string Gibibytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 30):F1} GiB");

    private string Limits()
    {
        List<string> limits = [];
        if (CgroupCores is { } cores)
        {
            limits.Add(string.Create(CultureInfo.InvariantCulture, $"{cores:0.##} cores"));
        }

        if (CgroupMemoryBytes is { } bytes)
        {
            limits.Add(Gibibytes(bytes));
        }

        return limits.Count == 0 ? "none" : string.Join(", ", limits);
    }
}
