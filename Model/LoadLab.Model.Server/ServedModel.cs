using System.Globalization;
using LoadLab.Model.Pipeline;
using LoadLab.Serving.Profiles;

namespace LoadLab.Model.Server;

/// <summary>A model as one server serves it: what it accepts, and for an emulated one whose times it takes.</summary>
/// <param name="Spec">The catalogue's entry: name, shapes, defaults.</param>
/// <param name="Profile">Of an emulated model: the only shapes served are those that this profile knows. Null = a real one.</param>
public sealed record ServedModel(WanModelSpec Spec, ServiceProfile? Profile = null)
{
    public string Name => Spec.Name;

    public bool IsEmulated => Profile is not null;

    /// <summary>Every field of a job that is not accepted, with what is; empty when the job is.</summary>
    public IReadOnlyList<ShapeProblem> Check(JobShape shape, VideoJob job)
    {
        var problems = Spec.Check(shape, job);
        return problems.Count > 0 || Knows(shape, Spec.IsGuided(job))
            ? problems
            : [new ShapeProblem("shape", string.Create(CultureInfo.InvariantCulture, $"{ShapeOf(shape, Spec.IsGuided(job))}"), $"of profile {Profile!.Name}: {Profile.Known()}")];
    }

    /// <summary>A job's shape as profiles write it.</summary>
    public static Shape ShapeOf(JobShape shape, bool guided) => new(shape.Width, shape.Height, shape.Frames, shape.Steps, guided);

    private bool Knows(JobShape shape, bool guided) => Profile?.Find(Name, ShapeOf(shape, guided), 1) is not null || Profile is null;
}
