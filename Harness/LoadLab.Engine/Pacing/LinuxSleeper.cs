using LoadLab.Core;

namespace LoadLab.Engine.Pacing;

/// <summary>
/// clock_nanosleep with an absolute time: a wait that starts late does not end late, and an interrupted one is repeated without drift.
/// Timer slack, 50 us by default, is set to 1 ns for the thread that sleeps.
/// </summary>
internal sealed class LinuxSleeper : ISleeper
{
    private int _slackThread;

    public string Name => "clock_nanosleep";

    /// <summary>Null where the call is missing or the Stopwatch does not count CLOCK_MONOTONIC (checked by reading one between two of the other).</summary>
    public static LinuxSleeper? TryCreate()
    {
        try
        {
            return OperatingSystem.IsLinux() && IntPtr.Size == 8 && StopwatchIsMonotonicClock() ? new LinuxSleeper() : null;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return null;
        }
    }

    public void SleepUntil(long systemNanoseconds)
    {
        if (_slackThread != Environment.CurrentManagedThreadId)
        {
            _slackThread = Environment.CurrentManagedThreadId;
            _ = LinuxNative.Prctl(LinuxNative.SetTimerSlack, 1, 0, 0, 0);
        }

        var until = new LinuxNative.TimeSpec(systemNanoseconds / 1_000_000_000, systemNanoseconds % 1_000_000_000);
        _ = LinuxNative.ClockNanosleep(LinuxNative.ClockMonotonic, LinuxNative.TimerAbsolute, in until, 0);
    }

    public void Dispose()
    {
    }

    private static bool StopwatchIsMonotonicClock()
    {
        var before = MonotonicClock.SystemNanoseconds;
        var failed = LinuxNative.ClockGetTime(LinuxNative.ClockMonotonic, out var time) != 0;
        return !failed && before <= time.Nanoseconds && time.Nanoseconds <= MonotonicClock.SystemNanoseconds;
    }
}
