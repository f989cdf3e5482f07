namespace LoadLab.Model.Sampling;

/// <summary>Which solver and grid denoise a latent.</summary>
public enum SolverKind
{
    /// <summary>UniPC, order 2: the reference's default.</summary>
    UniPc,

    /// <summary>DPM++ 2M, midpoint: the reference's other solver.</summary>
    DpmPlusPlus,

    /// <summary>Euler on the Wan grid, timesteps not truncated.</summary>
    Euler,

    /// <summary>Euler on the grid of Diffusers' FlowMatchEulerDiscreteScheduler, which shifts the low end twice.</summary>
    EulerDiffusers,
}

/// <summary>
/// Noise levels sigma_0 > ... > sigma_N = 0 (float32, N+1) and the timesteps given to the network (N): truncated to integers for UniPC and DPM++, not for Euler,
/// while the solver uses the untruncated sigma. S(u) = shift u / (1 + (shift - 1) u). Source: Wan2.2 wan/utils/fm_solvers*.py.
/// </summary>
internal sealed record NoiseSchedule(float[] Sigmas, float[] Timesteps)
{
    private const int TrainTimesteps = 1000;

    // The reference builds its solver with shift 1, so the first level is 1 - 1/1000 rounded to float32, before the shift.
    private const double UniPcMaximum = 0.999f;

    public int Steps => Timesteps.Length;

    public static NoiseSchedule Create(SolverKind kind, int steps, double shift) => kind switch
    {
        SolverKind.UniPc => Truncated(steps, shift, UniPcMaximum),
        SolverKind.DpmPlusPlus => Truncated(steps, shift, maximum: 1),
        SolverKind.Euler => Wan(steps, shift),
        SolverKind.EulerDiffusers => Diffusers(steps, shift),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    private static NoiseSchedule Truncated(int steps, double shift, double maximum)
    {
        var levels = Levels(steps, maximum).Select(u => Shift(u, shift)).ToArray();
        return new NoiseSchedule(WithZero(levels), [.. levels.Select(s => (float)Math.Truncate(s * TrainTimesteps))]);
    }

    private static NoiseSchedule Wan(int steps, double shift)
    {
        var levels = Levels(steps, maximum: 1).Select(u => Shift(u, shift)).ToArray();
        var sigmas = WithZero(levels);
        return new NoiseSchedule(sigmas, [.. levels.Select(s => (float)(s * TrainTimesteps))]);
    }

    private static NoiseSchedule Diffusers(int steps, double shift)
    {
        // The constructor's grid is float32: its ends are S(1) = 1 and S(0.001).
        var minimum = ShiftSingle(1f / TrainTimesteps, (float)shift);
        var (high, low) = ((double)TrainTimesteps, (double)minimum * TrainTimesteps);
        var sigmas = new float[steps + 1];
        for (var i = 0; i < steps; i++)
        {
            var timestep = i == 0 ? high : i == steps - 1 ? low : (i * ((low - high) / (steps - 1))) + high;
            sigmas[i] = (float)Shift(timestep / TrainTimesteps, shift);
        }

        return new NoiseSchedule(sigmas, [.. sigmas.Take(steps).Select(s => s * TrainTimesteps)]);
    }

    // numpy.linspace(maximum, 0, steps + 1) without its last value, with numpy's order of operations.
    private static IEnumerable<double> Levels(int steps, double maximum) =>
        Enumerable.Range(0, steps).Select(i => (i * ((0 - maximum) / steps)) + maximum);

    private static double Shift(double level, double shift) => shift * level / (1 + ((shift - 1) * level));

    private static float ShiftSingle(float level, float shift) => shift * level / (1 + ((shift - 1) * level));

    private static float[] WithZero(double[] levels) => [.. levels.Select(s => (float)s), 0f];
}
