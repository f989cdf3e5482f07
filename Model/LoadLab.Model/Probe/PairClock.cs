using System.Diagnostics;
using LoadLab.Tensors;

namespace LoadLab.Model.Probe;

/// <summary>
/// Measures pairs by the monotonic clock, each part until the device is done. The order turns with every pair (step kernel, kernel step, step kernel, …), so that
/// step and kernel follow each other, and themselves, equally often: neither gets the other's caches more than the reverse.
/// </summary>
internal sealed class PairClock(ITensorBackend backend, ReferenceKernel kernel)
{
    private const double NanosecondsPerSecond = 1e9;
    private static readonly double s_tick = NanosecondsPerSecond / Stopwatch.Frequency;

    private long _zero = Stopwatch.GetTimestamp();
    private bool _kernelFirst;

    public double NowSeconds => Nanoseconds(_zero, Stopwatch.GetTimestamp()) / NanosecondsPerSecond;

    /// <summary>Makes now the zero of <see cref="ProbePair.AtSeconds"/>.</summary>
    public void Restart() => _zero = Stopwatch.GetTimestamp();

    public ProbePair Measure(StepLoop steps, bool isWarmUp = false)
    {
        steps.Prepare();
        backend.Synchronize();
        var phase = isWarmUp ? PairPhase.WarmUp : steps.Opens ? PairPhase.Opening : PairPhase.Steady;
        var (clip, step, kernelFirst, at) = (steps.Clip, steps.Next, _kernelFirst, NowSeconds);
        _kernelFirst = !_kernelFirst;
        var kernelTime = kernelFirst ? Kernel() : 0;
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var stepTime = Step(steps);
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        kernelTime = kernelFirst ? kernelTime : Kernel();
        return new ProbePair(phase, clip, step, kernelFirst, at, stepTime, kernelTime, allocated);
    }

    private long Step(StepLoop steps)
    {
        var start = Stopwatch.GetTimestamp();
        steps.Step();
        backend.Synchronize();
        return Nanoseconds(start, Stopwatch.GetTimestamp());
    }

    private long Kernel()
    {
        var start = Stopwatch.GetTimestamp();
        kernel.Run();
        backend.Synchronize();
        return Nanoseconds(start, Stopwatch.GetTimestamp());
    }

    private static long Nanoseconds(long start, long end) => (long)((end - start) * s_tick);
}
