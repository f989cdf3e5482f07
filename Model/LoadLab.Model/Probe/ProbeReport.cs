using LoadLab.Model.Pipeline;

namespace LoadLab.Model.Probe;

/// <summary>What a probe found. Steps, kernel and ratio are of the pairs of the steady state, openings left out; all of them are in the pair file.</summary>
/// <param name="Guided">Two forwards a step.</param>
/// <param name="SteadySeconds">From the first steady pair to the last.</param>
/// <param name="OpeningPairs">Pairs whose step also computed a clip's text keys.</param>
public sealed record ProbeReport(
    bool Passed,
    string Model,
    int Width,
    int Height,
    int Frames,
    int StepsPerClip,
    int Batch,
    bool Guided,
    string Backend,
    KernelSizes Kernel,
    double SteadySeconds,
    int WarmUpPairs,
    int OpeningPairs,
    Spread StepSeconds,
    Spread KernelSeconds,
    Spread Ratio,
    Drift RatioDrift,
    SteadyMemory Memory,
    IReadOnlyList<PeakMemory> Peaks,
    IReadOnlyList<PromptEffect> Prompts,
    IReadOnlyList<ProbeGate> Gates)
{
    internal static ProbeReport Of(
        WanModelSpec model, ProbeOptions options, string backend, ReferenceKernel kernel, IReadOnlyList<ProbePair> pairs, SteadyMemory memory, IReadOnlyList<PeakMemory> peaks, IReadOnlyList<PromptEffect> prompts)
    {
        var steady = pairs.Where(pair => pair.Phase == PairPhase.Steady).ToList();
        var step = Spread.Of(steady.Select(pair => pair.StepNanoseconds / 1e9));
        var reference = Spread.Of(steady.Select(pair => pair.KernelNanoseconds / 1e9));
        var drift = Drift.Of([.. steady.Select(pair => (pair.AtSeconds, pair.Ratio))]);
        ProbeGate[] gates =
        [
            ProbeGates.KernelLength(step, reference),
            ProbeGates.KernelBits(kernel.RepeatsItself()),
            ProbeGates.StepVariation(step, reference, options.OnGpu),
            ProbeGates.RatioDrift(drift),
            ProbeGates.Peaks(peaks),
            .. ProbeGates.Memory(memory),
            .. prompts.Where(prompt => prompt.EqualLength).Select(ProbeGates.Prompt),
        ];
        return new ProbeReport(
            Array.TrueForAll(gates, gate => gate.Passed),
            model.Name,
            options.Shape.Width,
            options.Shape.Height,
            options.Shape.Frames,
            options.Shape.Steps,
            options.Batch,
            model.IsGuided(ProbePrompts.Mixed(1)[0]),
            backend,
            kernel.Sizes,
            steady.Count == 0 ? 0 : steady[^1].AtSeconds - steady[0].AtSeconds,
            pairs.Count(pair => pair.Phase == PairPhase.WarmUp),
            pairs.Count(pair => pair.Phase == PairPhase.Opening),
            step,
            reference,
            Spread.Of(steady.Select(pair => pair.Ratio)),
            drift,
            memory,
            peaks,
            prompts,
            gates);
    }
}
