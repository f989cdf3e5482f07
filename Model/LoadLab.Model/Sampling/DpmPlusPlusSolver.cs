namespace LoadLab.Model.Sampling;

/// <summary>
/// DPM++ 2M with the midpoint rule: x' = (sigma'/sigma) x - A m_i - A/2 (m_i - m_{i-1})/r0, A = alpha' (exp(-h) - 1). The first and the last step are of first order;
/// since lambda_0 is minus infinity, r0 is infinite at the second step and that one is too. Source: Wan2.2 wan/utils/fm_solvers.py.
/// </summary>
internal sealed class DpmPlusPlusSolver(NoiseSchedule schedule) : FlowSolver(schedule)
{
    private float[]? _previous;
    private float[]? _spare;

    public override void Step(int step, ReadOnlySpan<float> velocity, Span<float> x)
    {
        var current = Denoised(step, velocity, x, _spare);
        if (step == Schedule.Steps - 1)
        {
            current.CopyTo(x);
            return;
        }

        var h = Lambda(step + 1) - Lambda(step);
        var keep = Sigma(step + 1) / Sigma(step);
        var a = Alpha(step + 1) * (Math.Exp(-h) - 1);
        var slope = step == 0 ? 0 : 0.5 * a * h / (Lambda(step) - Lambda(step - 1));
        for (var i = 0; i < x.Length; i++)
        {
            var difference = slope == 0 ? 0 : current[i] - _previous![i];
            x[i] = (float)((keep * x[i]) - (a * current[i]) - (slope * difference));
        }

        (_previous, _spare) = (current, _previous);
    }
}
