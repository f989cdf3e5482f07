using System.Runtime.InteropServices;

namespace LoadLab.Model.Server.Replicas;

/// <summary>
/// Keeps a compute thread, and on Linux every thread it starts, on the last processors this process may use, so that the others stay free for requests and for a
/// load engine on the same machine. Elsewhere nothing is set: threads there do not inherit it.
/// </summary>
internal static partial class ThreadAffinity
{
    private const int MaskBytes = 128;

    /// <summary>Pins the calling thread to <paramref name="count"/> processors.</summary>
    /// <returns>The processors in words, for the manifest: "cpus 1-3", or "not set" with the reason.</returns>
    public static string PinCurrent(int count)
    {
        if (!OperatingSystem.IsLinux())
        {
            return "not set: this system's threads do not inherit it";
        }

        Span<byte> mask = stackalloc byte[MaskBytes];
        if (GetAffinity(0, MaskBytes, mask) < 0)
        {
            return "not set: the allowed processors cannot be read";
        }

        var allowed = new List<int>();
        for (var cpu = 0; cpu < MaskBytes * 8; cpu++)
        {
            if ((mask[cpu / 8] >> (cpu % 8) & 1) != 0)
            {
                allowed.Add(cpu);
            }
        }

        if (count >= allowed.Count)
        {
            return $"not set: all {allowed.Count} processors compute";
        }

        var chosen = allowed[^count..];
        mask.Clear();
        foreach (var cpu in chosen)
        {
            mask[cpu / 8] |= (byte)(1 << (cpu % 8));
        }

        return SetAffinity(0, MaskBytes, mask) == 0 ? $"cpus {string.Join(' ', chosen)}" : "not set: refused by the system";
    }

    [LibraryImport("libc", EntryPoint = "sched_getaffinity")]
    private static partial int GetAffinity(int thread, nint size, Span<byte> mask);

    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    private static partial int SetAffinity(int thread, nint size, Span<byte> mask);
}
