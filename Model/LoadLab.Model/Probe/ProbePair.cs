namespace LoadLab.Model.Probe;

/// <summary>Why a pair was measured.</summary>
public enum PairPhase
{
    /// <summary>Before the machine, the runtime and the kernel's length had settled.</summary>
    WarmUp,

    /// <summary>Steady state, but the step also computed the text keys of its clip: recorded, not judged with the others.</summary>
    Opening,

    Steady,
}

/// <summary>A denoising step and the reference kernel, measured one right after the other.</summary>
/// <param name="AtSeconds">Start of the pair from the start of the steady state; negative in the warm-up.</param>
/// <param name="KernelFirst">Order within the pair.</param>
/// <param name="ManagedBytes">What the step allocated on its thread's managed heap.</param>
public readonly record struct ProbePair(PairPhase Phase, int Clip, int Step, bool KernelFirst, double AtSeconds, long StepNanoseconds, long KernelNanoseconds, long ManagedBytes)
{
    public double Ratio => (double)StepNanoseconds / KernelNanoseconds;
}
