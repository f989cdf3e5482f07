using System.Runtime.InteropServices;
using LoadLab.Model.Pipeline;
using LoadLab.Tensors;

namespace LoadLab.Model.Probe;

/// <summary>The warm-up, in which the kernel gets its length, and the pairs of the steady state.</summary>
internal sealed class SteadyState(WanPipeline pipeline, ITensorBackend backend, ReferenceKernel kernel, PairClock clock, ProbeOptions options)
{
    private const int FewestWarmUpPairs = 4;
    private const double SecondsBetweenSamples = 1;

    private readonly List<ProbePair> _pairs = [];
    private readonly List<MemorySample> _samples = [];
    private long _managedBytes;

    /// <summary>All pairs, the warm-up's among them.</summary>
    public IReadOnlyList<ProbePair> Pairs => _pairs;

    public SteadyMemory Run(Action<string> progress, CancellationToken stop)
    {
        using var steps = new StepLoop(pipeline, options.Shape, ProbePrompts.Mixed(options.Batch));
        WarmUp(steps, stop);
        progress($"kernel: {kernel.Sizes}");
        progress($"steady state {options.Steady.TotalSeconds:0} s");
        var baseline = new MemoryBaseline(backend.Memory, _managedBytes);
        clock.Restart();
        while (clock.NowSeconds < options.Steady.TotalSeconds && !stop.IsCancellationRequested)
        {
            _pairs.Add(clock.Measure(steps));
            Sample(progress);
        }

        steps.Close();
        return baseline.Since(_pairs, _samples);
    }

    /// <summary>In halves: after each the kernel is made as long as a step was in the later part of it.</summary>
    private void WarmUp(StepLoop steps, CancellationToken stop)
    {
        clock.Restart();
        WarmUp(steps, options.WarmUp.TotalSeconds / 2, stop);
        Reserve(_pairs, 2 * (options.WarmUp + options.Steady).TotalSeconds / PairSeconds());
        Reserve(_samples, options.Steady.TotalSeconds / SecondsBetweenSamples);
        steps.Close();
        _managedBytes = MemoryBaseline.ManagedBytes();
        WarmUp(steps, options.WarmUp.TotalSeconds, stop);
        var end = clock.NowSeconds;
        foreach (ref var pair in CollectionsMarshal.AsSpan(_pairs))
        {
            pair = pair with { AtSeconds = pair.AtSeconds - end };
        }
    }

    private void WarmUp(StepLoop steps, double untilSeconds, CancellationToken stop)
    {
        var first = _pairs.Count;
        while ((_pairs.Count < first + FewestWarmUpPairs || clock.NowSeconds < untilSeconds) && !stop.IsCancellationRequested)
        {
            _pairs.Add(clock.Measure(steps, isWarmUp: true));
        }

        stop.ThrowIfCancellationRequested();
        var later = _pairs[((first + _pairs.Count) / 2)..];
        kernel.Fit(Order.Median(later.Select(pair => (double)pair.KernelNanoseconds)), Order.Median(later.Select(pair => (double)pair.StepNanoseconds)));
    }

    private void Sample(Action<string> progress)
    {
        var now = clock.NowSeconds;
        if (_samples.Count > 0 && now - _samples[^1].AtSeconds < SecondsBetweenSamples)
        {
            return;
        }

        if (_samples.Count > 0 && (int)(now / 60) > (int)(_samples[^1].AtSeconds / 60))
        {
            progress($"{(int)(now / 60)} of {options.Steady.TotalMinutes:0.#} min");
        }

        _samples.Add(new MemorySample(now, Environment.WorkingSet));
    }

    /// <summary>Of a step and a kernel of its length.</summary>
    private double PairSeconds() => Order.Median(_pairs[(_pairs.Count / 2)..].Select(pair => 2 * pair.StepNanoseconds / 1e9));

    /// <summary>Room for so many more, written once: what is recorded later must not look like growth of the process.</summary>
    private static void Reserve<T>(List<T> list, double more)
        where T : struct
    {
        var count = list.Count;
        CollectionsMarshal.SetCount(list, count + (int)Math.Min(more, 50_000_000));
        CollectionsMarshal.AsSpan(list)[count..].Clear();
        CollectionsMarshal.SetCount(list, count);
    }
}
