using System.Globalization;
using LoadLab.Model.Sampling;

namespace LoadLab.Model.Pipeline;

/// <summary>
/// How much work a clip is worth: a preset of steps, guidance, solver and shift. A level's solver and shift enter the <see cref="JobShape"/>, so jobs of different
/// levels never share a batch.
/// </summary>
public sealed record QualityLevel
{
    /// <summary>The model's own steps, guidance, solver and shift; any of them may be asked for.</summary>
    public static QualityLevel Full { get; } = new() { Name = "full" };

    /// <summary>
    /// Few steps without guidance: one forward a step. Euler on the shifted grid S(1 - i/N) with shift 5 is what step-distilled Wan checkpoints are published with:
    /// LightX2V's 4-step Wan2.1 and Wan2.2 models (scheduler step_distill: timesteps 1000, 750, 500, 250 before a shift of 5, guidance 1; by its boundary A14B takes two steps
    /// with each expert). FastVideo's FastWan2.2-TI2V-5B runs 3 steps (1000, 757, 522, shift 5, guidance 1) but draws fresh noise between them, which this level does not.
    /// </summary>
    /// <remarks>Checkpoints that were not distilled for it run as fast and look poor: undistilled flow matching is not straight enough for so few steps.</remarks>
    public static QualityLevel FewStep { get; } = new()
    {
        Name = "few-step",
        MinSteps = 3,
        MaxSteps = 8,
        DefaultSteps = 4,
        Guidance = 1,
        Solver = SolverKind.Euler,
        Shift = 5,
    };

    public static IReadOnlyList<QualityLevel> All { get; } = [Full, FewStep];

    public required string Name { get; init; }

    public int MinSteps { get; private init; } = 1;

    public int MaxSteps { get; private init; } = int.MaxValue;

    /// <summary>Null: the model's native count.</summary>
    public int? DefaultSteps { get; private init; }

    /// <summary>The only scale this level runs with; null: any, the model's own by default.</summary>
    public float? Guidance { get; private init; }

    /// <summary>Null: the model's own.</summary>
    public SolverKind? Solver { get; private init; }

    /// <summary>Null: the model's own.</summary>
    public double? Shift { get; private init; }

    /// <summary>The level of that exact name, or null; a caller lists <see cref="All"/> when it refuses.</summary>
    public static QualityLevel? Find(string name) => All.FirstOrDefault(level => level.Name == name);

    /// <summary>Steps of a job that asks for none.</summary>
    public int StepsOf(WanModelSpec model) => DefaultSteps ?? model.Native.Steps;

    /// <summary>The shape with this level's solver and shift.</summary>
    public JobShape Apply(JobShape shape) => shape with { Solver = Solver ?? shape.Solver, Shift = Shift ?? shape.Shift };

    /// <summary>The job with this level's guidance.</summary>
    public VideoJob Apply(VideoJob job) => Guidance is { } scale ? job with { Guidance = scale, HighNoiseGuidance = scale } : job;

    /// <summary>Every field of a job that this level does not allow; what is null was not asked for.</summary>
    public IReadOnlyList<ShapeProblem> Check(int? steps, float? guidance, float? highNoiseGuidance = null)
    {
        var problems = new List<ShapeProblem>();
        if (steps < MinSteps || steps > MaxSteps)
        {
            problems.Add(new ShapeProblem("steps", Text(steps.Value), $"{MinSteps} to {MaxSteps} at quality {Name}"));
        }

        AddGuidance(problems, "guidance", guidance);
        AddGuidance(problems, "high-noise guidance", highNoiseGuidance);
        return problems;
    }

    private void AddGuidance(List<ShapeProblem> problems, string field, float? scale)
    {
        if (Guidance is { } only && scale is { } asked && asked != only)
        {
            problems.Add(new ShapeProblem(field, Text(asked), $"{Text(only)} at quality {Name}"));
        }
    }

    private static string Text<T>(T value)
        where T : IFormattable => value.ToString(null, CultureInfo.InvariantCulture);
}
