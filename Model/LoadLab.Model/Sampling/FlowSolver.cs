namespace LoadLab.Model.Sampling;

/// <summary>
/// Moves one latent along a schedule, one network evaluation per step. Flow matching: x = (1 - sigma) x0 + sigma noise, the network predicts v = noise - x0,
/// so x0 = x - sigma v. State is per latent; a solver is used for one latent.
/// </summary>
internal abstract class FlowSolver(NoiseSchedule schedule)
{
    public NoiseSchedule Schedule { get; } = schedule;

    public static FlowSolver Create(SolverKind kind, NoiseSchedule schedule) => kind switch
    {
        SolverKind.UniPc => new UniPcSolver(schedule),
        SolverKind.DpmPlusPlus => new DpmPlusPlusSolver(schedule),
        _ => new EulerSolver(schedule),
    };

    /// <summary>x at step becomes x at step + 1, in place, given the velocity at (x, timestep of step). Steps come in order from 0.</summary>
    public abstract void Step(int step, ReadOnlySpan<float> velocity, Span<float> x);

    protected double Sigma(int step) => Schedule.Sigmas[step];

    protected double Alpha(int step) => 1 - Sigma(step);

    /// <summary>Half log signal-to-noise ratio, ln(alpha) - ln(sigma); infinite at the ends.</summary>
    protected double Lambda(int step) => Math.Log(Alpha(step)) - Math.Log(Sigma(step));

    /// <summary>x0 as the network sees it: x - sigma v, in memory that a solver passes around once its state is as old as it needs.</summary>
    protected float[] Denoised(int step, ReadOnlySpan<float> velocity, ReadOnlySpan<float> x, float[]? reused)
    {
        var sigma = Schedule.Sigmas[step];
        var result = reused ?? new float[x.Length];
        for (var i = 0; i < result.Length; i++)
        {
            result[i] = x[i] - (sigma * velocity[i]);
        }

        return result;
    }
}
