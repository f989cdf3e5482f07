using System.Globalization;
using System.Runtime.InteropServices;

namespace LoadLab.Model.Server.Replicas;

/// <summary>
/// Keeps compute threads on the last processors this process may use, so that the others stay free for requests and for a load engine on the same machine.
/// Linux only. The runtime gives every new thread the main thread's processors, so a pool's threads are found by name and pinned one by one.
/// </summary>
public static partial class ThreadAffinity
{
    /// <summary>Start of the names that the tensor backend gives its threads.</summary>
    public const string ComputeThreads = "tensor worker";

    private const int MaskBytes = 128;
    private const string Tasks = "/proc/self/task";
    private static readonly TimeSpan s_named = TimeSpan.FromMilliseconds(500);
    private static readonly Lock s_choosing = new();

    // Of the process, before any of its threads was kept off some of them.
    private static readonly IReadOnlyList<int> s_allowed = OperatingSystem.IsLinux() ? Of(Environment.ProcessId) : [];

    /// <summary>Pins the calling thread and <paramref name="count"/> - 1 others to <paramref name="count"/> processors.</summary>
    /// <param name="count">Compute threads, the caller's among them.</param>
    /// <param name="othersPrefix">Start of the others' names, at most 15 characters.</param>
    /// <param name="alone">Whether the process has nothing else to do than these threads' work: its other threads, those to come as well, then keep off their processors.</param>
    /// <returns>The processors in words, for the manifest: "cpus 1 2 3", or "not set" with the reason.</returns>
    public static string Pin(int count, string othersPrefix, bool alone = false)
    {
        if (!OperatingSystem.IsLinux())
        {
            return "not set: done on Linux only";
        }

        if (s_allowed.Count == 0)
        {
            return "not set: the allowed processors cannot be read";
        }

        if (count >= s_allowed.Count)
        {
            // Nothing to choose, or a parent process has chosen already.
            return Words(s_allowed);
        }

        var others = Named(othersPrefix, count - 1);
        if (others.Count != count - 1)
        {
            return $"not set: {others.Count} of {count - 1} compute threads were found";
        }

        // Replicas that start together choose one after another, each beside what the others have.
        lock (s_choosing)
        {
            var chosen = Choose(s_allowed, Taken(), count);
            if (!others.Prepend(0).All(thread => Set(thread, chosen)))
            {
                return "not set: refused by the system";
            }

            if (alone)
            {
                Leave(chosen);
            }

            return Words(chosen);
        }
    }

    /// <summary>Gives threads that were made after <see cref="Pin"/> the processors of the calling one.</summary>
    /// <param name="count">Of the threads made, the caller's among them.</param>
    /// <param name="othersPrefix">Start of the others' names.</param>
    internal static void Join(int count, string othersPrefix)
    {
        if (OperatingSystem.IsLinux())
        {
            var mine = Of(0);
            Named(othersPrefix, count - 1).ForEach(thread => Set(thread, mine));
        }
    }

    /// <summary>Whether the calling thread has processors that the threads without any of their own keep off.</summary>
    internal static bool IsApart() => OperatingSystem.IsLinux() && !Of(0).Intersect(Of(Environment.ProcessId)).Any();

    /// <summary>Keeps every thread of this process off processors, but those that were pinned to some; threads to come as well. Nothing is set where none would be left, or elsewhere than on Linux.</summary>
    internal static void KeepOff(IReadOnlyList<int> cpus)
    {
        if (OperatingSystem.IsLinux())
        {
            lock (s_choosing)
            {
                Leave(cpus);
            }
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
        var least = s_allowed.Count - ((slot + 1) * count);
        return count > 0 && least >= 0 ? [.. s_allowed.Skip(least).Take(count)] : [];
    }

    /// <summary>Keeps a process that has just been started to processors, whatever its parent's threads were kept to; its threads to come inherit them. None = all of this process.</summary>
    internal static void Give(int process, IReadOnlyList<int> cpus)
    {
        if (OperatingSystem.IsLinux())
        {
            _ = Set(process, cpus.Count > 0 ? cpus : s_allowed);
        }
    }

    /// <summary>The processors a thread may use; 0 = the calling thread.</summary>
    internal static IReadOnlyList<int> Of(int thread)
    {
        Span<byte> mask = stackalloc byte[MaskBytes];
        return GetAffinity(thread, MaskBytes, mask) < 0 ? [] : Members(mask);
    }

    /// <summary>Threads of this process by name that were never pinned: another replica's have their processors already. A thread just started names itself a moment later, so a short count is looked at again for half a second.</summary>
    internal static List<int> Named(string prefix, int count)
    {
        if (count == 0)
        {
            return [];
        }

        var found = Free(prefix);
        for (var wait = TimeSpan.Zero; found.Count < count && wait < s_named; wait += TimeSpan.FromMilliseconds(5))
        {
            Thread.Sleep(5);
            found = Free(prefix);
        }

        return found;
    }

    private static List<int> Free(string prefix) => [.. Matching(prefix).Where(IsFree)];

    /// <summary>Processors that threads of this process were pinned to before.</summary>
    private static HashSet<int> Taken() => [.. Matching("").Where(thread => !IsFree(thread)).SelectMany(Of)];

    /// <summary>Whether a thread has the processors of the main thread, as one has that was never pinned.</summary>
    private static bool IsFree(int thread) => Of(thread).SequenceEqual(Of(Environment.ProcessId));

    private static void Leave(IReadOnlyList<int> cpus)
    {
        var left = Of(Environment.ProcessId).Except(cpus).ToList();
        if (left.Count == 0)
        {
            return;
        }

        // The main thread first: a thread that starts meanwhile has its processors.
        var free = Free("");
        foreach (var thread in free.Prepend(Environment.ProcessId))
        {
            _ = Set(thread, left);
        }
    }

    private static bool Set(int thread, IReadOnlyList<int> cpus)
    {
        Span<byte> mask = stackalloc byte[MaskBytes];
        Fill(mask, cpus);
        return SetAffinity(thread, MaskBytes, mask) == 0;
    }

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
