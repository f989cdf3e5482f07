namespace LoadLab.Model.Probe;

/// <summary>What counts as steady.</summary>
internal static class ProbeGates
{
    private const double MostKernelMismatch = 0.20;
    private const double KernelVariations = 1.25;
    private const double VariationAllowance = 0.005;
    private const double MostGpuVariation = 0.02;
    private const double MostDrift = 0.01;
    private const double MostPromptEffect = 0.01;
    private const double MostResidentGrowth = 0.01;

    // The runtime hands a thread its managed memory in pieces of 8 KiB and counts the end of a piece that it leaves unused, when another thread took the next one, as allocated.
    private const double ManagedPieceBytes = 8 * 1024;

    private const double MostManagedGrowthBytes = 64 * 1024;

    /// <summary>A kernel much longer or shorter than a step averages other disturbances than the step does.</summary>
    public static ProbeGate KernelLength(Spread step, Spread kernel) =>
        new("kernel's length against a step's", Math.Abs((kernel.Median / step.Median) - 1), MostKernelMismatch, GateUnit.Share);

    /// <summary>CV of the steps at most 1.25 times the kernel's plus half a point; on a GPU at most 2 %.</summary>
    public static ProbeGate StepVariation(Spread step, Spread kernel, bool onGpu) =>
        new("CV of steps", step.Cv, onGpu ? MostGpuVariation : (KernelVariations * kernel.Cv) + VariationAllowance, GateUnit.Share);

    public static ProbeGate RatioDrift(Drift drift) => new("drift of step/kernel", Math.Abs(drift.Relative), MostDrift, GateUnit.Share);

    public static ProbeGate KernelBits(bool repeats) => new("kernel results that differ", repeats ? 0 : 1, 0, GateUnit.Count);

    /// <summary>Between all clips of prompts of equal length.</summary>
    public static ProbeGate Peaks(IEnumerable<PeakMemory> peaks)
    {
        var equal = ProbePrompts.EqualLength.Select(prompt => prompt.Name).ToHashSet();
        var bytes = peaks.Where(peak => equal.Contains(peak.Prompt)).SelectMany(peak => peak.PeakBytes).ToList();
        return new ProbeGate("peak bytes, equal shapes: largest less smallest", bytes.Count == 0 ? double.NaN : bytes.Max() - bytes.Min(), 0, GateUnit.Bytes);
    }

    /// <summary>The whole interval, so a run too short to tell does not pass.</summary>
    public static ProbeGate Prompt(PromptEffect effect) => new($"step time, prompt \"{effect.Prompt}\": interval's far end", effect.Change.Reach, MostPromptEffect, GateUnit.Share);

    public static IEnumerable<ProbeGate> Memory(SteadyMemory memory)
    {
        if (memory.SystemBlocks is { } blocks)
        {
            yield return new ProbeGate("blocks the arena asked of the system", blocks, 0, GateUnit.Count);
        }

        yield return new ProbeGate("managed bytes of a step of one number: most less least", memory.ManagedBytesPerStepSpread, ManagedPieceBytes, GateUnit.Bytes);
        yield return new ProbeGate("managed bytes that stay: growth", memory.ManagedGrowthBytes, MostManagedGrowthBytes, GateUnit.Bytes);
        yield return new ProbeGate("resident set: growth", memory.Resident.Relative, MostResidentGrowth, GateUnit.Share);
    }
}
