namespace LoadLab.Model.Sampling;

/// <summary>x += (sigma' - sigma) v.</summary>
internal sealed class EulerSolver(NoiseSchedule schedule) : FlowSolver(schedule)
{
    public override void Step(int step, ReadOnlySpan<float> velocity, Span<float> x)
    {
        var change = Schedule.Sigmas[step + 1] - Schedule.Sigmas[step];
        for (var i = 0; i < x.Length; i++)
        {
            x[i] += change * velocity[i];
        }
    }
}
