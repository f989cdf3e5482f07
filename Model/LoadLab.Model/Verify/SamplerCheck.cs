using System.Globalization;
using LoadLab.Model.Sampling;

namespace LoadLab.Model.Verify;

/// <summary>unipc-*, euler-*: schedules, and trajectories under the velocity v(x, t) = 0.6 sin(1.7 x) + 0.35 x t/1000 + 0.2 cos(t/150 + x).</summary>
internal static class SamplerCheck
{
    private const int MaxSteps = 10_000;
    private const int MaxValues = 50_000_000;

    public static void RunUniPc(GoldenCase golden) => Run(golden, ("unipc", SolverKind.UniPc), ("dpmpp", SolverKind.DpmPlusPlus));

    public static void RunEuler(GoldenCase golden) => Run(golden, ("wan", SolverKind.Euler), ("diffusers", SolverKind.EulerDiffusers));

    private static void Run(GoldenCase golden, params (string Name, SolverKind Kind)[] solvers)
    {
        if (golden.Config["num_train_timesteps"].Number != 1000)
        {
            throw new FormatException("only schedules of 1000 training timesteps are built");
        }

        if (golden.Config.Has("solver_order") && golden.Config["solver_order"].Number != 2)
        {
            throw new FormatException($"'solver_order' is {golden.Config["solver_order"].Number}; only order 2 is built");
        }

        foreach (var (name, kind) in solvers)
        {
            foreach (var (suffix, schedule) in Schedules(golden.Config["schedules"], kind))
            {
                golden.Output($"{name}_{suffix}/sigmas", schedule.Sigmas);
                golden.Output($"{name}_{suffix}/timesteps", schedule.Timesteps);
            }

            foreach (var (suffix, schedule) in Schedules(golden.Config["trajectories"], kind))
            {
                golden.DerivedInput($"traj_{name}_{suffix}/sigmas", schedule.Sigmas);
                golden.Output($"traj_{name}_{suffix}/x", Trajectory(golden.Input($"traj_{suffix}/x0"), kind, schedule));
            }
        }
    }

    private static IEnumerable<(string Suffix, NoiseSchedule Schedule)> Schedules(GoldenConfig list, SolverKind kind)
    {
        foreach (var pair in list.Items.Select(item => item.Items.ToArray()))
        {
            var (steps, shift) = (pair[0].Bounded("steps", MaxSteps), pair[1].Number);
            yield return (string.Create(CultureInfo.InvariantCulture, $"n{steps}_shift{shift}"), NoiseSchedule.Create(kind, steps, shift));
        }
    }

    // The state before the first step, then after each.
    private static float[] Trajectory(float[] start, SolverKind kind, NoiseSchedule schedule)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)start.Length * schedule.Sigmas.Length, MaxValues);
        var solver = FlowSolver.Create(kind, schedule);
        var x = (float[])start.Clone();
        List<float> states = [.. x];
        for (var step = 0; step < schedule.Steps; step++)
        {
            solver.Step(step, Velocity(x, schedule.Timesteps[step]), x);
            states.AddRange(x);
        }

        return [.. states];
    }

    private static float[] Velocity(float[] x, double t) =>
        Array.ConvertAll(x, v => (float)((0.6 * Math.Sin(1.7 * v)) + (0.35 * v * (t / 1000)) + (0.2 * Math.Cos((t / 150) + v))));
}
