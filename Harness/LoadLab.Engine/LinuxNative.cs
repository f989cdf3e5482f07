using System.Runtime.InteropServices;

namespace LoadLab.Engine;

/// <summary>The calls into libc that .NET has no wrapper for. 64-bit Linux only; callers check.</summary>
internal static partial class LinuxNative
{
    public const int ClockMonotonic = 1;
    public const int TimerAbsolute = 1;
    public const int SetTimerSlack = 29;
    public const int PriorityProcess = 0;
    public const int ScheduleOther = 0;
    public const int ScheduleRoundRobin = 2;

    /// <summary>Added to a policy: threads started by this one get the normal policy and no negative nice value.</summary>
    public const int ScheduleResetOnFork = 0x40000000;
    public const int SignalTerminate = 15;

    /// <summary>Returns 0 or an error number (EINTR when a signal came first); does not set errno.</summary>
    [LibraryImport("libc", EntryPoint = "clock_nanosleep")]
    public static partial int ClockNanosleep(int clock, int flags, in TimeSpec until, nint remaining);

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    public static partial int ClockGetTime(int clock, out TimeSpec time);

    [LibraryImport("libc", EntryPoint = "prctl")]
    public static partial int Prctl(int option, nuint a, nuint b, nuint c, nuint d);

    /// <summary>With who = 0 Linux changes the calling thread, not its process.</summary>
    [LibraryImport("libc", EntryPoint = "setpriority")]
    public static partial int SetPriority(int which, int who, int nice);

    /// <summary>With thread = 0 the calling thread.</summary>
    [LibraryImport("libc", EntryPoint = "sched_setscheduler")]
    public static partial int SchedSetScheduler(int thread, int policy, in int priority);

    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    public static partial int SchedSetAffinity(int thread, nuint bytes, ReadOnlySpan<byte> mask);

    [LibraryImport("libc", EntryPoint = "sched_getaffinity")]
    public static partial int SchedGetAffinity(int thread, nuint bytes, Span<byte> mask);

    [LibraryImport("libc", EntryPoint = "kill")]
    public static partial int Kill(int process, int signal);

    public const int LimitOpenFiles = 7;

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    public static partial int GetResourceLimit(int resource, out ResourceLimit limit);

    [StructLayout(LayoutKind.Sequential)]
    public readonly struct ResourceLimit
    {
        public readonly ulong Soft;
        public readonly ulong Hard;
    }

    [StructLayout(LayoutKind.Sequential)]
    public readonly struct TimeSpec(long seconds, long nanoseconds)
    {
        private readonly long _seconds = seconds;
        private readonly long _nanoseconds = nanoseconds;

        public long Nanoseconds => (_seconds * 1_000_000_000) + _nanoseconds;
    }
}
