using System.Globalization;
using System.Runtime.InteropServices;

namespace LoadLab.Model.Server.Replicas;

/// <summary>
/// Keeps compute threads on the last processors this process may use, so that the others stay free for requests and for a load engine on the same machine.
/// Linux only. The runtime gives every new thread the process's whole set again, so a pool's threads are found by name and pinned one by one.
/// </summary>
public static partial class ThreadAffinity
{
    /// <summary>Start of the names that the tensor backend gives its threads.</summary>
    public const string ComputeThreads = "tensor worker";

    private const int MaskBytes = 128;
    private const string Tasks = "/proc/self/task";
    private static readonly TimeSpan s_named = TimeSpan.FromMilliseconds(500);
    private static readonly Lock s_choosing = new();

    /// <summary>Pins the calling thread and <paramref name="count"/> - 1 others to <paramref name="count"/> processors.</summary>
    /// <param name="count">Compute threads, the caller's among them.</param>
    /// <param name="othersPrefix">Start of the others' names, at most 15 characters.</param>
    /// <returns>The processors in words, for the manifest: "cpus 1 2 3", or "not set" with the reason.</returns>
    public static string Pin(int count, string othersPrefix)
    {
        if (!OperatingSystem.IsLinux())
        {
            return "not set: done on Linux only";
        }

        Span<byte> mask = stackalloc byte[MaskBytes];
        if (GetAffinity(0, MaskBytes, mask) < 0)
        {
            return "not set: the allowed processors cannot be read";
        }

        var allowed = Members(mask);
        if (count >= allowed.Count)
        {
            // Nothing to choose, or a parent process has chosen already.
            return Words(allowed);
        }

        // Another replica's threads have their processors already.
        var others = count == 1 ? [] : Named(othersPrefix, count - 1).Where(thread => Of(thread).Count == allowed.Count).ToList();
        if (others.Count != count - 1)
        {
            return $"not set: {others.Count} of {count - 1} compute threads were found";
        }

        // Replicas that start together choose one after another, each beside what the others have.
        lock (s_choosing)
        {
            var chosen = Choose(allowed, TakenBeside(allowed.Count), count);
            Fill(mask, chosen);
            foreach (var thread in others.Prepend(0))
            {
                if (SetAffinity(thread, MaskBytes, mask) != 0)
                {
                    return "not set: refused by the system";
                }
            }

            return Words(chosen);
        }
    }

    /// <summary>The processors of compute threads: the last of those that no other thread keeps to, or simply the last where too few are free; all when all are asked for.</summary>
    /// <param name="allowed">Processors that the process may use, in ascending order.</param>
    /// <param name="taken">Processors that other threads were pinned to before.</param>
    /// <param name="count">How many, 1 or more.</param>
    internal static IReadOnlyList<int> Choose(IReadOnlyList<int> allowed, IReadOnlySet<int> taken, int count)
    {
        var free = allowed.Where(processor => !taken.Contains(processor)).ToList();
        return [.. (free.Count >= count ? free : allowed).TakeLast(count)];
    }

    /// <summary>The processors of one of several processes, counted from the last; none when there are not enough for it, or elsewhere than on Linux.</summary>
    /// <param name="slot">Which, from 0.</param>
    /// <param name="count">Processors of each.</param>
    internal static IReadOnlyList<int> Share(int slot, int count)
    {
        var allowed = OperatingSystem.IsLinux() && count > 0 ? Of(0) : [];
        return (slot + 1) * count <= allowed.Count ? [.. allowed.Skip(allowed.Count - ((slot + 1) * count)).Take(count)] : [];
    }

    /// <summary>Keeps a process that has just been started to processors; its threads to come inherit them. Nothing is set for none.</summary>
    internal static void Give(int process, IReadOnlyList<int> cpus)
    {
        if (cpus.Count > 0)
        {
            Span<byte> mask = stackalloc byte[MaskBytes];
            Fill(mask, cpus);
            _ = SetAffinity(process, MaskBytes, mask);
        }
    }

    /// <summary>The processors a thread may use; 0 = the calling thread.</summary>
    internal static IReadOnlyList<int> Of(int thread)
    {
        Span<byte> mask = stackalloc byte[MaskBytes];
        return GetAffinity(thread, MaskBytes, mask) < 0 ? [] : Members(mask);
    }

    /// <summary>Threads of this process by name. A thread just started names itself a moment later, so a short count is looked at again for half a second.</summary>
    internal static List<int> Named(string prefix, int count)
    {
        var found = Matching(prefix);
        for (var wait = TimeSpan.Zero; found.Count < count && wait < s_named; wait += TimeSpan.FromMilliseconds(5))
        {
            Thread.Sleep(5);
            found = Matching(prefix);
        }

        return found;
    }

    /// <summary>Processors that threads of this process were pinned to before.</summary>
    /// <param name="all">Processors that a thread has which was not.</param>
    private static HashSet<int> TakenBeside(int all) =>
        [.. Matching("").Select(Of).Where(processors => processors.Count > 0 && processors.Count < all).SelectMany(processors => processors)];

    private static string Words(IReadOnlyList<int> cpus) => $"cpus {string.Join(' ', cpus)}";

    private static List<int> Matching(string prefix)
    {
        var found = new List<int>();
        foreach (var task in Directory.EnumerateDirectories(Tasks))
        {
            try
            {
                if (File.ReadAllText(Path.Combine(task, "comm")).StartsWith(prefix, StringComparison.Ordinal))
                {
                    found.Add(int.Parse(Path.GetFileName(task), CultureInfo.InvariantCulture));
                }
            }
            catch (IOException)
            {
                // A thread that ended while the list was read.
            }
        }

        return found;
    }

    private static List<int> Members(ReadOnlySpan<byte> mask)
    {
        var members = new List<int>();
        for (var cpu = 0; cpu < mask.Length * 8; cpu++)
        {
            if ((mask[cpu / 8] >> (cpu % 8) & 1) != 0)
            {
                members.Add(cpu);
            }
        }

        return members;
    }

    private static void Fill(Span<byte> mask, IReadOnlyList<int> cpus)
    {
        mask.Clear();
        foreach (var cpu in cpus)
        {
            mask[cpu / 8] |= (byte)(1 << (cpu % 8));
        }
    }

    [LibraryImport("libc", EntryPoint = "sched_getaffinity")]
    private static partial int GetAffinity(int thread, nint size, Span<byte> mask);

    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    private static partial int SetAffinity(int thread, nint size, Span<byte> mask);
}
