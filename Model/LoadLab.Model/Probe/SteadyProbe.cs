using LoadLab.Model.Pipeline;
using LoadLab.Tensors;

namespace LoadLab.Model.Probe;

/// <summary>
/// How steady a loaded model is as a measuring instrument: peak memory of repeated clips, then denoising steps interleaved with a reference kernel, then the same
/// for different prompts. Runs on the calling thread.
/// </summary>
public static class SteadyProbe
{
    /// <param name="progress">Told a line now and then.</param>
    /// <param name="stop">Ends the phase that runs and skips the rest; what was measured is reported, with what is missing as gates that did not pass.</param>
    /// <exception cref="OperationCanceledException">Stopped before the steady state.</exception>
    /// <exception cref="ArgumentException">The model does not accept the shape.</exception>
    /// <exception cref="OutOfDeviceMemoryException">The shape does not fit.</exception>
    public static (ProbeReport Report, IReadOnlyList<ProbePair> Pairs) Run(
        WanPipeline pipeline, ITensorBackend backend, ProbeOptions options, Action<string> progress, CancellationToken stop = default)
    {
        var model = pipeline.Model;
        progress("peak memory of repeated clips");
        var peaks = PeakMemory.Measure(pipeline, backend.Memory, options, stop);
        var items = options.Batch * (model.IsGuided(ProbePrompts.Mixed(1)[0]) ? 2 : 1);
        using var kernel = new ReferenceKernel(backend, model.Transformer, items, model.Tokens(options.Shape), options.WeightType);
        var clock = new PairClock(backend, kernel);
        progress($"warm-up {options.WarmUp.TotalSeconds:0} s");
        var steady = new SteadyState(pipeline, backend, kernel, clock, options);
        var memory = steady.Run(progress, stop);
        progress($"prompts {options.Prompts.TotalSeconds:0} s");
        var prompts = PromptEffect.Measure(pipeline, clock, options, stop);
        return (ProbeReport.Of(model, options, backend.Name, kernel, steady.Pairs, memory, peaks, prompts), steady.Pairs);
    }
}
