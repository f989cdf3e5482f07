namespace LoadLab.Model.Server.Emulation;

/// <summary>
/// Faults injected into emulated replicas, for tests of recovery. Which jobs are hit is a hash of (seed, job), so the same ones in every run; a job is hit at its
/// first attempt only, except by <see cref="OutOfMemoryAbove"/> and <see cref="Poison"/>, which hit whenever they apply.
/// </summary>
public sealed record FaultOptions
{
    /// <summary>About one job in this many throws in the middle of its batch; 0 = none.</summary>
    public int FailEvery { get; init; }

    /// <summary>About one job in this many takes its replica with it; 0 = none.</summary>
    public int CrashEvery { get; init; }

    /// <summary>A batch of more jobs is out of memory; 0 = none is.</summary>
    public int OutOfMemoryAbove { get; init; }

    /// <summary>A prompt with this word in it fails its whole batch; empty = none does.</summary>
    public string Poison { get; init; } = "";
}
