using LoadLab.Core.Input;
using LoadLab.Engine.Targets;
using LoadLab.Model.Pipeline;
using LoadLab.Model.Server;
using LoadLab.Serving.Profiles;
using LoadLab.Workload;

namespace LoadLab.Cli;

/// <summary>
/// What a server of several models or of emulated ones can serve, told before it starts: models of the catalogue, shapes that each accepts and, for an emulated one,
/// that its profile knows.
/// </summary>
internal static class ServedShapes
{
    /// <summary>The profile of an emulated target; null for any other, and when it cannot be read, which is told.</summary>
    public static ServiceProfile? ProfileOf(TargetOptions target, Section root, Problems problems)
    {
        if (target.Emulated is not { Profile.Length: > 0 } emulated)
        {
            return null;
        }

        try
        {
            var beside = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(root.Node.File)) ?? "", emulated.Profile);
            var profile = Profiles.Load(File.Exists(beside) ? beside : emulated.Profile);
            if (!profile.IsOfOneKind)
            {
                problems.Add(new Problem(root.Node.File, LineOf(root, "profile"), "target.profile", emulated.Profile, "is of several kinds of replica, and an emulated target has one", "name a profile of one kind: loadlab profiles lists them"));
            }

            return profile;
        }
        catch (InputException e)
        {
            foreach (var problem in e.Problems)
            {
                problems.Add(problem.File == "command line" ? new Problem(root.Node.File, LineOf(root, "profile"), "target.profile", problem.Value, problem.Message, problem.Fix) : problem);
            }

            return null;
        }
    }

    /// <summary>The models that a target's server serves, the default first; those that are not in the catalogue are left out.</summary>
    public static IReadOnlyList<ServedModel> Of(Scenario scenario) =>
    [
        .. Names(scenario.Target).Select(ModelCatalog.Find).OfType<WanModelSpec>().Select(spec => new ServedModel(spec, scenario.Profile)),
        .. scenario.Target.Emulated?.Real is { } real && ModelCatalog.Find(real.Model) is { } beside ? [new ServedModel(beside)] : Array.Empty<ServedModel>(),
    ];

    /// <summary>Adds every problem of the scenario's models and jobs.</summary>
    public static void Check(Scenario scenario, Section root, Problems problems)
    {
        if (scenario.Target.Kind == TargetKind.Emulated && scenario.Profile is null)
        {
            return;
        }

        CheckNames(scenario, root, problems);
        CheckPipeline(scenario, root, problems);
        var served = Of(scenario);
        if (served.Count == 0)
        {
            return;
        }

        for (var i = 0; i < scenario.Workload.Jobs.Count; i++)
        {
            var job = scenario.Workload.Jobs[i];
            var node = JobNode(root, i);
            if (served.FirstOrDefault(model => model.Name == (job.Model.Length > 0 ? job.Model : scenario.Target.Model)) is not { } model)
            {
                problems.Add(node, $"workload.jobs[{i}].model", job.Model, "is not what the target serves", $"write {string.Join(" or ", served.Select(model => model.Name))}");
                continue;
            }

            var level = QualityLevel.Find(job.Quality) ?? QualityLevel.Full;
            var preset = level.ShapeOf(model.Spec);
            var shape = new JobShape(Or(job.Width, preset.Width), Or(job.Height, preset.Height), Or(job.Frames, preset.Frames), Or(job.Steps, preset.Steps));
            foreach (var problem in Scenario.CheckQuality(model.Spec, job.Quality, shape, job.Guidance))
            {
                problems.Add(node, $"workload.jobs[{i}].{problem.Field}", problem.Value, $"is not accepted by {model.Name}", $"write {problem.Accepted}");
            }

            foreach (var (field, value, message, fix) in ProblemsOf(scenario, served, model, shape, job.Guidance ?? level.Guidance))
            {
                problems.Add(node, $"workload.jobs[{i}]{(field.Length > 0 ? "." : "")}{field}", value, message, fix);
            }
        }
    }

    /// <summary>A trace may bring shapes of its own.</summary>
    /// <exception cref="InputException">Every shape that is not served.</exception>
    public static void Check(Scenario scenario, Schedule schedule)
    {
        var problems = new Problems();
        var served = Of(scenario);
        foreach (var call in schedule.Calls.DistinctBy(call => (call.Model, call.Width, call.Height, call.Frames, call.Steps, call.Guidance)))
        {
            if (served.FirstOrDefault(model => model.Name == call.Model) is not { } model)
            {
                problems.Add(new Problem(scenario.Path, 0, "workload.trace: model", call.Model, "is not what the target serves", $"write {string.Join(" or ", served.Select(model => model.Name))}"));
                continue;
            }

            foreach (var (field, value, message, fix) in ProblemsOf(scenario, served, model, new JobShape(call.Width, call.Height, call.Frames, call.Steps), call.Guidance))
            {
                problems.Add(new Problem(scenario.Path, 0, $"workload.trace: {(field.Length > 0 ? field : "shape")}", value, message, fix));
            }
        }

        problems.ThrowIfAny();
    }

    private static IEnumerable<string> Names(TargetOptions target) => target.Models.Prepend(target.Model);

    private static void CheckNames(Scenario scenario, Section root, Problems problems)
    {
        var profile = scenario.Profile;
        foreach (var name in Names(scenario.Target))
        {
            var field = name == scenario.Target.Model ? "model" : "models";
            void Refuse(string message, string fix) => problems.Add(new Problem(root.Node.File, LineOf(root, field), $"target.{field}", name, message, fix));

            if (ModelCatalog.Find(name) is not { } spec)
            {
                Refuse("is not a model of this build", $"write {string.Join(", ", ModelCatalog.All.Select(model => model.Name))}");
            }
            else if (profile is not null && !profile.Knows(name))
            {
                Refuse($"is not in profile {profile.Name}", $"it knows {profile.Known()}");
            }
            else if (profile is null && !spec.IsSeeded && scenario.Target.Weights != TargetOptions.DrawnWeights)
            {
                Refuse("has no weights of its own", "several models are served with seeded or drawn weights: write a small one, or weights: drawn");
            }
        }

        var lighter = scenario.Serving.Recovery.FallbackModel.Name;
        if (lighter.Length > 0 && !Names(scenario.Target).Contains(lighter) && lighter != scenario.Target.Emulated?.Real?.Model)
        {
            problems.Add(new Problem(
                root.Node.File, root.Node.Line, "serving.recovery.fallbackModel", lighter, "is not served by the target", $"write target.models: [{scenario.Target.Model}, {lighter}], or name a model that is"));
        }

        if (scenario.Target.Emulated?.Real is { } real && (ModelCatalog.Find(real.Model) is not { IsSeeded: true } || Names(scenario.Target).Contains(real.Model)))
        {
            problems.Add(new Problem(
                root.Node.File, LineOf(root, "real"), "target.real.model", real.Model, "is not a small model that is served by nobody else",
                $"write one of {string.Join(", ", ModelCatalog.All.Where(model => model.IsSeeded && !Names(scenario.Target).Contains(model.Name)).Select(model => model.Name))}"));
        }
    }

    /// <summary>Between processes a stage's tensors would go through the messages; emulated replicas have none.</summary>
    public static void CheckPipeline(Scenario scenario, Section root, Problems problems)
    {
        if (scenario is { Serving.Pipeline.On: true, Target: { Kind: TargetKind.Local, InChildren: true } })
        {
            problems.Add(new Problem(root.Node.File, LineOf(root, "process"), "target.process", "child", "does not go with serving.pipeline on real replicas", "write thread, or leave serving.pipeline out"));
        }
    }

    private static IEnumerable<(string Field, string? Value, string Message, string Fix)> ProblemsOf(
        Scenario scenario, IReadOnlyList<ServedModel> served, ServedModel model, JobShape shape, double? guidance)
    {
        var job = new VideoJob("", 0) { Guidance = (float?)guidance };
        foreach (var problem in model.Spec.Check(shape, job))
        {
            yield return (problem.Field, problem.Value, $"is not accepted by {model.Name}", $"write {problem.Accepted}");
        }

        // The lighter model may come to serve it.
        foreach (var name in served.Where(other => other == model || other.Name == scenario.Serving.Recovery.FallbackModel.Name))
        {
            var known = ServedModel.ShapeOf(shape, name.Spec.IsGuided(job));
            // A model that the profile does not know at all has been told by its name.
            if (name.Profile is not { } profile || !profile.Knows(name.Name))
            {
                continue;
            }

            if (profile.Find(name.Name, known, 1) is not { } time)
            {
                yield return ("", $"{name.Name} {known}", $"is not in profile {profile.Name}", $"it knows {profile.Known()}; write one of these shapes, or calibrate this one");
            }
            else if (scenario.Serving.Pipeline.On && time is not { TextShare: not null, DenoiseShare: not null })
            {
                yield return ("", $"{name.Name} {known}", $"is not split into text, denoise and decode in profile {profile.Name}", "calibrate from runs that report their stages, or leave serving.pipeline out");
            }
        }
    }

    private static int LineOf(Section root, string field) => root.Find("target") is MappingNode target ? (target.Find(field) ?? target).Line : root.Node.Line;

    private static Node JobNode(Section root, int index) =>
        root.Find("workload") is MappingNode workload && workload.Find("jobs") is SequenceNode jobs && index < jobs.Items.Count ? jobs.Items[index] : root.Node;

    private static int Or(int value, int native) => value == 0 ? native : value;
}
