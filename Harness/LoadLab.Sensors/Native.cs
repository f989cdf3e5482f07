using System.Runtime.InteropServices;

namespace LoadLab.Sensors;

/// <summary>The operating system's CPU clocks of a thread and of a process; both count in nanoseconds and need no file.</summary>
internal static partial class Native
{
    private const int ThreadClockLinux = 3;
    private const int ThreadClockMac = 16;

    /// <summary>CPU time of the calling thread in nanoseconds; null where the system offers none.</summary>
    public static long? ThreadCpuNanoseconds()
    {
        if (OperatingSystem.IsWindows())
        {
            return GetThreadTimes(GetCurrentThread(), out _, out _, out var kernel, out var user) ? (kernel + user) * 100 : null;
        }

        return ClockNanoseconds(OperatingSystem.IsMacOS() ? ThreadClockMac : ThreadClockLinux);
    }

    /// <summary>
    /// CPU time of another process in nanoseconds, Linux only; null when the system refuses. The clock's number is made of the process id as
    /// clock_getcpuclockid(3) makes it: (~pid &lt;&lt; 3) | 2, where 2 is the scheduler's clock, finer than the 10 ms ticks of /proc/PID/stat.
    /// </summary>
    public static long? ProcessCpuNanoseconds(int pid) => ClockNanoseconds((~pid << 3) | 2);

    private static long? ClockNanoseconds(int clock) =>
        nint.Size == 8 && ClockGetTime(clock, out var time) == 0 ? (time.Seconds * 1_000_000_000) + time.Nanoseconds : null;

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int ClockGetTime(int clock, out TimeSpec time);

    [LibraryImport("kernel32")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial nint GetCurrentThread();

    [LibraryImport("kernel32")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool GetThreadTimes(nint thread, out long created, out long exited, out long kernel, out long user);

    /// <summary>struct timespec where long has 64 bits.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
