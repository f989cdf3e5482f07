using LoadLab.Cli.Verbs;
using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Engine.Guards;
using LoadLab.Engine.Targets;
using LoadLab.Fleet;
using LoadLab.Model.Pipeline;
using LoadLab.Planning;
using LoadLab.Serving;
using LoadLab.Serving.Autoscaling;
using LoadLab.Serving.Profiles;
using LoadLab.Workload;

namespace LoadLab.Cli;

/// <summary>A scenario file, every section bound by the room that owns it and every problem told together.</summary>
internal sealed record Scenario
{
    public required string Path { get; init; }

    /// <summary>The file as read.</summary>
    public required string Text { get; init; }

    public required WorkloadOptions Workload { get; init; }

    public required TargetOptions Target { get; init; }

    public required GuardOptions Guard { get; init; }

    public required ServingOptions Serving { get; init; }

    public required AutoscalerOptions Autoscaler { get; init; }

    public required FleetOptions Fleet { get; init; }

    /// <summary>Whose times an emulated target waits; null for any other target.</summary>
    public ServiceProfile? Profile { get; init; }

    public required SloOptions Slo { get; init; }

    /// <summary>Null when the scenario names no price.</summary>
    public required PriceOptions? Price { get; init; }

    public string Name => Workload.Name;

    public Seed Seed => Workload.Seed;

    /// <param name="path">The file.</param>
    /// <param name="seed">Replaces the file's seed.</param>
    /// <exception cref="InputException">Every problem of the file.</exception>
    public static Scenario Load(string path, ulong? seed = null)
    {
        var problems = new Problems();
        var root = ScenarioFile.Read(Verb.File(path), problems);
        if (root is null)
        {
            problems.ThrowIfAny();
        }

        var target = TargetOptions.Bind(root!);
        var scenario = new Scenario
        {
            Path = path,
            Text = File.ReadAllText(path),
            Workload = WorkloadOptions.Bind(root!, seed is { } given ? new Seed(given) : null),
            Target = target,
            Guard = GuardOptions.Bind(root!, remote: target.Url is not null && !target.IsLoopback),
            Serving = ServingOptions.Bind(root!),
            Autoscaler = AutoscalerOptions.Bind(root!),
            Fleet = FleetOptions.Bind(root!),
            Profile = ServedShapes.ProfileOf(target, root!, problems),
            Slo = SloOptions.Bind(root!),
            Price = PriceOptions.Bind(root!),
        };
        root!.Close();
        scenario.CheckModels(root, problems);
        scenario.CheckCurrency(root, problems);
        problems.ThrowIfAny();
        return scenario;
    }

    /// <summary>The same scenario drawn by another seed. A trace as read is kept.</summary>
    public Scenario WithSeed(Seed seed) => this with
    {
        Workload = Workload.Trace is null ? WorkloadOptions.Bind(ScenarioFile.Parse(Text, Path, new Problems())!, seed) : Workload with { Seed = seed },
    };

    /// <summary>This scenario, to be played against its target. Throws <see cref="InputException"/> where a rule asks of real replicas what they cannot do; a simulation may play it.</summary>
    public Scenario ForTarget()
    {
        if (Serving.Preemption.On && Target.Kind == TargetKind.Local)
        {
            var serving = ScenarioFile.Parse(Text, Path, new Problems())!.Child("serving")!;
            throw new InputException(new Problem(
                Path, serving.LineOf("preemption"), "serving.preemption", null, "does not go with target.kind: local: a real replica cannot put a batch aside between two denoise steps",
                "write kind: emulated with a profile, simulate the scenario, or leave preemption out"));
        }

        return this;
    }

    /// <summary>The whole schedule; jobs that name no shape get the model's native one.</summary>
    public Schedule Schedule()
    {
        var spec = ModelCatalog.Find(Target.Model);
        var defaults = spec is null
            ? new TargetDefaults(Target.Model)
            : new TargetDefaults(spec.Name, spec.Native.Width, spec.Native.Height, spec.Native.Frames, spec.Native.Steps) { Levels = Levels(spec) };
        var schedule = Scheduler.Build(Workload, defaults);
        if (spec is not null && Target.Kind == TargetKind.Local)
        {
            CheckShapes(schedule, spec);
        }
        else if (Profile is not null)
        {
            ServedShapes.Check(this, schedule);
        }

        return schedule;
    }

    /// <summary>A trace may bring shapes of its own.</summary>
    private void CheckShapes(Schedule schedule, WanModelSpec spec)
    {
        var problems = new Problems();
        foreach (var (shape, quality, guidance) in schedule.Calls.Select(call => (new JobShape(call.Width, call.Height, call.Frames, call.Steps), call.Quality, call.Guidance)).Distinct())
        {
            foreach (var problem in spec.Shapes.Check(shape).Concat(CheckQuality(spec, quality, shape, guidance)))
            {
                problems.Add(new Problem(Path, 0, $"workload.trace: {problem.Field}", problem.Value, $"is not accepted by {spec.Name}", $"accepted: {problem.Accepted}; or take shapes from jobs"));
            }
        }

        problems.ThrowIfAny();
    }

    /// <summary>A local target must be a model of this build, and every job a shape that it accepts: told now rather than by a 400 for every call.</summary>
    private void CheckModels(Section root, Problems problems)
    {
        if (Target.Kind == TargetKind.Http || Target.Model.Length == 0)
        {
            return;
        }

        if (Target.Kind == TargetKind.Emulated || Target.Models.Count > 0)
        {
            ServedShapes.Check(this, root, problems);
            return;
        }

        ServedShapes.CheckPipeline(this, root, problems);
        var spec = ModelCatalog.Find(Target.Model);
        if (spec is null)
        {
            problems.Add(TargetNode(root), "target.model", Target.Model, "is not a model of this build", $"write {string.Join(", ", ModelCatalog.All.Where(model => model.IsSeeded).Select(model => model.Name))}");
            return;
        }

        if (!spec.IsSeeded && Target.Weights is null)
        {
            problems.Add(TargetNode(root), "target.model", Target.Model, "has no weights of its own", $"add weights: FOLDER of its checkpoint, or weights: drawn for random ones; or write {spec.Name}-nano, the same code and small");
        }

        for (var i = 0; i < Workload.Jobs.Count; i++)
        {
            var job = Workload.Jobs[i];
            if (job.Model.Length > 0 && job.Model != spec.Name)
            {
                problems.Add(JobNode(root, i), $"workload.jobs[{i}].model", job.Model, "is not what the local target serves", $"write {spec.Name} or leave it out");
                continue;
            }

            var preset = (QualityLevel.Find(job.Quality) ?? QualityLevel.Full).ShapeOf(spec);
            var shape = new JobShape(Default(job.Width, preset.Width), Default(job.Height, preset.Height), Default(job.Frames, preset.Frames), Default(job.Steps, preset.Steps));
            foreach (var problem in spec.Check(shape, new VideoJob("", 0) { Guidance = (float?)job.Guidance }).Concat(CheckQuality(spec, job.Quality, shape, job.Guidance)))
            {
                problems.Add(JobNode(root, i), $"workload.jobs[{i}].{problem.Field}", problem.Value, $"is not accepted by {spec.Name}", $"write {problem.Accepted}");
            }
        }
    }

    /// <summary>Amounts are never converted, so a largest spend in dollars cannot watch a price in something else.</summary>
    private void CheckCurrency(Section root, Problems problems)
    {
        if (Guard.MaxSpend is not null && Price is { Price.Currency: not "USD" } other)
        {
            problems.Add(root.Find("guard")!, "guard.maxSpend", null, $"is in USD and the price in {other.Price.Currency}", "give the price in USD, or leave maxSpend out");
        }
    }

    private static IReadOnlyList<TargetLevel> Levels(WanModelSpec spec) => [.. QualityLevel.Words.Select(word =>
    {
        var level = QualityLevel.Find(word)!;
        var shape = level.ShapeOf(spec);
        return new TargetLevel(word, shape.Steps, level.Guidance, shape.Width, shape.Height, shape.Frames);
    })];

    /// <summary>What a quality level refuses of a job; unknown levels too.</summary>
    internal static IReadOnlyList<ShapeProblem> CheckQuality(WanModelSpec spec, string quality, JobShape shape, double? guidance) => quality.Length == 0 ? []
        : QualityLevel.Find(quality) is { } level ? level.Check(spec, (shape.Width, shape.Height), shape.Steps, (float?)guidance)
        : [new ShapeProblem("quality", quality, string.Join(" or ", QualityLevel.Words))];

    private static Node TargetNode(Section root) => root.Find("target") is MappingNode target && target.Find("model") is { } model ? model : root.Node;

    private static Node JobNode(Section root, int index) =>
        root.Find("workload") is MappingNode workload && workload.Find("jobs") is SequenceNode jobs && index < jobs.Items.Count ? jobs.Items[index] : root.Node;

    private static int Default(int value, int native) => value == 0 ? native : value;
}
