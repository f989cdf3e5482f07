using System.Globalization;
using LoadLab.Model.Sampling;

namespace LoadLab.Model.Pipeline;

/// <summary>
/// How much work a clip is worth: a preset of size, frames, steps, guidance, solver and shift. A level fills in what a job leaves out; what a job asks for and the level
/// rules out is refused. A level's solver and shift enter the <see cref="JobShape"/>, so jobs of different solvers never share a batch.
/// </summary>
public sealed record QualityLevel
{
    // A distilled checkpoint is what few-step runs are for: the word is taken for that level.
    private const string Distilled = "distilled";

    /// <summary>The model's own shape, guidance, solver and shift; any of them may be asked for.</summary>
    public static QualityLevel Full { get; } = new() { Name = "full" };

    /// <summary>A first look: <see cref="WanModelSpec.Preview"/>, and no job of more pixels or steps than that.</summary>
    public static QualityLevel Preview { get; } = new() { Name = "preview", Pixels = Bound.AtMost, Steps = Bound.AtMost };

    /// <summary>What is delivered: as <see cref="Full"/>, and no job of fewer pixels or steps than the native shape.</summary>
    public static QualityLevel Final { get; } = new() { Name = "final", Pixels = Bound.AtLeast, Steps = Bound.AtLeast };

    /// <summary>
    /// Few steps without guidance: one forward a step. Euler on the shifted grid S(1 - i/N) with shift 5 is what step-distilled Wan checkpoints are published with:
    /// LightX2V's 4-step Wan2.1 and Wan2.2 models (scheduler step_distill: timesteps 1000, 750, 500, 250 before a shift of 5, guidance 1; by its boundary A14B takes two steps
    /// with each expert). FastVideo's FastWan2.2-TI2V-5B runs 3 steps (1000, 757, 522, shift 5, guidance 1) but draws fresh noise between them, which this level does not.
    /// </summary>
    /// <remarks>Checkpoints that were not distilled for it run as fast and look poor: undistilled flow matching is not straight enough for so few steps.</remarks>
    public static QualityLevel FewStep { get; } = new()
    {
        Name = "few-step",
        StepRange = (3, 8),
        DefaultSteps = 4,
        Guidance = 1,
        Solver = SolverKind.Euler,
        Shift = 5,
    };

    public static IReadOnlyList<QualityLevel> All { get; } = [Full, Preview, Final, FewStep];

    /// <summary>Every word that <see cref="Find"/> knows.</summary>
    public static IReadOnlyList<string> Words { get; } = [.. All.Select(level => level.Name), Distilled];

    public required string Name { get; init; }

    private Bound Pixels { get; init; }

    private Bound Steps { get; init; }

    /// <summary>Null: any number of steps within <see cref="Steps"/>.</summary>
    private (int Min, int Max)? StepRange { get; init; }

    /// <summary>Null: those of the shape it begins with.</summary>
    private int? DefaultSteps { get; init; }

    /// <summary>The only scale this level runs with; null: any, the model's own by default.</summary>
    public float? Guidance { get; private init; }

    /// <summary>Null: the model's own.</summary>
    public SolverKind? Solver { get; private init; }

    /// <summary>Null: the model's own.</summary>
    public double? Shift { get; private init; }

    /// <summary>The level of that exact name, or null; a caller lists <see cref="Words"/> when it refuses. Distilled is <see cref="FewStep"/>.</summary>
    public static QualityLevel? Find(string name) => name == Distilled ? FewStep : All.FirstOrDefault(level => level.Name == name);

    /// <summary>The shape of a job that asks for none, without this level's solver and shift.</summary>
    public JobShape ShapeOf(WanModelSpec model) => Base(model) with { Steps = DefaultSteps ?? Base(model).Steps };

    /// <summary>The shape with this level's solver and shift.</summary>
    public JobShape Apply(JobShape shape) => shape with { Solver = Solver ?? shape.Solver, Shift = Shift ?? shape.Shift };

    /// <summary>The job with this level's guidance.</summary>
    public VideoJob Apply(VideoJob job) => Guidance is { } scale ? job with { Guidance = scale, HighNoiseGuidance = scale } : job;

    /// <summary>Every field of a job that this level does not allow; what is null was not asked for.</summary>
    public IReadOnlyList<ShapeProblem> Check(WanModelSpec model, (int Width, int Height)? size, int? steps, float? guidance, float? highNoiseGuidance = null)
    {
        var problems = new List<ShapeProblem>();
        var own = Base(model);
        var pixels = own.Width * own.Height;
        if (size is { } asked && !Allows(Pixels, (long)asked.Width * asked.Height, pixels))
        {
            problems.Add(new ShapeProblem("size", $"{asked.Width}x{asked.Height}", $"{Word(Pixels)} {Text(pixels)} pixels at quality {Name}"));
        }

        if (!Allows(Steps, steps, own.Steps))
        {
            problems.Add(new ShapeProblem("steps", Text(steps!.Value), $"{Word(Steps)} {Text(own.Steps)} at quality {Name}"));
        }
        else if (StepRange is { } range && (steps < range.Min || steps > range.Max))
        {
            problems.Add(new ShapeProblem("steps", Text(steps.Value), $"{Text(range.Min)} to {Text(range.Max)} at quality {Name}"));
        }

        AddGuidance(problems, "guidance", guidance);
        AddGuidance(problems, "high-noise guidance", highNoiseGuidance);
        return problems;
    }

    private static bool Allows(Bound bound, long? value, long own) => value is null || bound switch
    {
        Bound.AtMost => value <= own,
        Bound.AtLeast => value >= own,
        _ => true,
    };

    private JobShape Base(WanModelSpec model) => this == Preview ? model.Preview : model.Native;

    private void AddGuidance(List<ShapeProblem> problems, string field, float? scale)
    {
        if (Guidance is { } only && scale is { } asked && asked != only)
        {
            problems.Add(new ShapeProblem(field, Text(asked), $"{Text(only)} at quality {Name}"));
        }
    }

    private static string Text<T>(T value)
        where T : IFormattable => value.ToString(null, CultureInfo.InvariantCulture);

    private static string Word(Bound bound) => bound == Bound.AtMost ? "at most" : "at least";

    private enum Bound
    {
        None,
        AtMost,
        AtLeast,
    }
}
