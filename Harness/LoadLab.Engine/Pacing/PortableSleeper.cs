using LoadLab.Core;

namespace LoadLab.Engine.Pacing;

/// <summary>Thread.Sleep in whole milliseconds, for systems without a better call; the last two milliseconds are yielded away.</summary>
internal sealed class PortableSleeper : ISleeper
{
    private const long CoarseNanoseconds = 2_000_000;

    public string Name => "Thread.Sleep";

    public void SleepUntil(long systemNanoseconds)
    {
        var left = systemNanoseconds - MonotonicClock.SystemNanoseconds;
        if (left > CoarseNanoseconds)
        {
            Thread.Sleep((int)Math.Min((left - CoarseNanoseconds) / 1_000_000, 1000));
        }
        else if (left > 0)
        {
            Thread.Yield();
        }
    }

    public void Dispose()
    {
    }
}
