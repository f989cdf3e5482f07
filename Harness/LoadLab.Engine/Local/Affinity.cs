using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace LoadLab.Engine.Local;

/// <summary>Processors a process may use. On Linux they belong to each thread, so that all threads are set; a new one inherits them from the one that starts it.</summary>
internal static class Affinity
{
    private const int MaskBytes = 1024;

    /// <summary>Ascending; empty where the system does not tell.</summary>
    public static IReadOnlyList<int> OfThisProcess()
    {
        if (OperatingSystem.IsLinux())
        {
            var mask = new byte[MaskBytes];
            return LinuxNative.SchedGetAffinity(Environment.ProcessId, MaskBytes, mask) >= 0 ? [.. Enumerable.Range(0, MaskBytes * 8).Where(i => (mask[i / 8] >> (i % 8) & 1) == 1)] : [];
        }

        if (OperatingSystem.IsWindows())
        {
            var mask = (ulong)Process.GetCurrentProcess().ProcessorAffinity;
            return [.. Enumerable.Range(0, 64).Where(i => (mask >> i & 1) == 1)];
        }

        return [];
    }

    /// <summary>Sets what it can: a process that has just ended is left alone.</summary>
    public static void Set(Process process, IReadOnlyList<int> processors)
    {
        try
        {
            if (OperatingSystem.IsLinux())
            {
                SetThreads(process.Id, processors);
            }
            else if (OperatingSystem.IsWindows())
            {
                process.ProcessorAffinity = (nint)processors.Where(i => i < 64).Aggregate(0UL, (mask, i) => mask | (1UL << i));
            }
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            // Pinning is an aid to timing, not a condition of the run.
        }
    }

    private static void SetThreads(int process, IReadOnlyList<int> processors)
    {
        var mask = new byte[MaskBytes];
        foreach (var i in processors)
        {
            mask[i / 8] |= (byte)(1 << (i % 8));
        }

        foreach (var task in Directory.EnumerateDirectories($"/proc/{process}/task"))
        {
            _ = LinuxNative.SchedSetAffinity(int.Parse(Path.GetFileName(task), CultureInfo.InvariantCulture), MaskBytes, mask);
        }
    }
}
