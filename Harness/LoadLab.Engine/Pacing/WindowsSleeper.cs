using LoadLab.Core;
using Microsoft.Win32.SafeHandles;

namespace LoadLab.Engine.Pacing;

/// <summary>A high-resolution waitable timer (Windows 10 1803 and later).</summary>
internal sealed class WindowsSleeper : ISleeper
{
    private const uint LongestMilliseconds = 1000;
    private readonly SafeWaitHandle _timer;

    private WindowsSleeper(SafeWaitHandle timer) => _timer = timer;

    public string Name => "high-resolution waitable timer";

    public static WindowsSleeper? TryCreate()
    {
        if (!OperatingSystem.IsWindows())
        {
            return null;
        }

        var timer = WindowsNative.CreateWaitableTimer(0, 0, WindowsNative.HighResolution, WindowsNative.AllAccess);
        return timer.IsInvalid ? null : new WindowsSleeper(timer);
    }

    public void SleepUntil(long systemNanoseconds)
    {
        var left = systemNanoseconds - MonotonicClock.SystemNanoseconds;
        if (left > 0 && WindowsNative.SetWaitableTimer(_timer, -Math.Max(1, left / 100), 0, 0, 0, resume: false))
        {
            _ = WindowsNative.WaitForSingleObject(_timer, LongestMilliseconds);
        }
    }

    public void Dispose() => _timer.Dispose();
}
