using System.Globalization;
using System.Text;
using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Engine.Targets;
using LoadLab.Fleet;
using LoadLab.Fleet.Design;
using LoadLab.Model.Pipeline;
using LoadLab.Reports;
using LoadLab.Serving.Batching;
using LoadLab.Serving.Profiles;

namespace LoadLab.Cli;

/// <summary>Which calls to spend on a scenario, and whether they beat random ones on recorded calls.</summary>
internal static class DesignStudy
{
    private const int Draws = 4;

    // What a law of operations assumes where no profile was given. The price of the calls hangs on it, and how busy the scenario is believed to be: the CPU's is what nano was measured to do on one thread of an AMD EPYC.
    private const double CpuFlops = 9e10;
    private const double GpuFlops = 2.5e14;

    public static ScenarioFigures FiguresOf(Scenario scenario)
    {
        var first = scenario.Schedule();
        var schedules = scenario.Workload.Trace is not null ? [first] : Enumerable.Range(0, Draws).Select(number => number == 0 ? first : scenario.WithSeed(scenario.Seed.Derive(number)).Schedule()).ToList();
        return new ScenarioFigures(schedules, scenario.Fleet, scenario.Serving, scenario.Autoscaler, scenario.Seed.Derive("design"));
    }

    /// <summary>What is known before: the profile that was named, that of an emulated target, or operations over a rate.</summary>
    public static ServiceProfile PriorOf(Scenario scenario, string? name, IReadOnlyList<RunFolder> runs) =>
        name is not null ? Profiles.Load(name).AtSpeedOf(scenario)
        : runs.Count > 0 ? Calibration.FromRuns(runs, "the runs")
        : scenario.Profile is { } emulated ? emulated.AtSpeedOf(scenario)
        : Operations(scenario);

    public static IReadOnlyList<string> Head { get; } = ["model and shape", "batch", "repeats", "calls", "each", "GPU-time", "share of the work", "p95 moves by", "known before"];

    public static IEnumerable<IReadOnlyList<string>> Rows(IEnumerable<PlannedCell> cells) => cells.Select(cell => (IReadOnlyList<string>)
    [
        $"{cell.Model} {cell.Cell.Shape}",
        Show.Number(cell.Batch),
        Show.Inv($"{cell.WarmUp} + {cell.Repeats}"),
        Show.Number((cell.Repeats + cell.WarmUp) * cell.Batch),
        Show.Seconds(cell.Seconds),
        Show.Seconds(cell.GpuSeconds),
        Show.Share(cell.WorkShare),
        Show.Inv($"{cell.P95Sensitivity:0.000} %"),
        Show.Number(cell.Known),
    ]);

    /// <summary>The proof as a page in Markdown.</summary>
    public static string Page(DesignDocument document, string command, RunManifest pool)
    {
        var trials = document.Trials;
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# Designed calls against random calls\n\nWritten by `{command}`.\n\n");
        text.Append(CultureInfo.InvariantCulture, $"The pool: {document.PoolCalls} completed calls of {pool.Scenario} on {pool.Device} ({pool.Evidence}, {pool.Machine}), {document.Design.Candidates.Count} cells of shape and batch. The scenario asked: {document.Scenario}. ");
        text.Append(CultureInfo.InvariantCulture, $"For each seed the designed calls and, to the same GPU-time (as the pool measured it; {Show.Seconds(document.Design.Spent)} by the prior, one warm-up included), calls of cells drawn at random are drawn from the pool; each makes a profile, and each profile is asked the scenario's simulated p95 and GPU-seconds of a call. Right is what the profile of the whole pool says. The design knew of the device: {document.Profile} ({document.RealCalls} real calls).\n\n");
        text.Append("| seed | designed: p95 | work | random: p95 | work | closer |\n|---|---|---|---|---|---|\n");
        foreach (var trial in trials)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {trial.Number} | {Show.Change(trial.Designed.P95)} | {Show.Change(trial.Designed.Work)} | {Show.Change(trial.Random.P95)} | {Show.Change(trial.Random.Work)} | {(trial.Won ? "designed" : "random")} |\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"\nDesigned calls were closer in {trials.Count(trial => trial.Won)} of {trials.Count} seeds (root mean square of the two relative errors). A dash is a profile that refuses: what the scenario needs lies outside what its random calls measured.\n\n");
        text.Append("| cell | batch | batches | GPU-time |\n|---|---|---|---|\n");
        foreach (var cell in document.Design.Cells)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {cell.Cell.Shape} | {cell.Batch} | {cell.WarmUp} + {cell.Repeats} | {Show.Seconds(cell.GpuSeconds)} |\n");
        }

        return text.ToString();
    }

    private static ServiceProfile Operations(Scenario scenario)
    {
        var rate = scenario.Target.Kind == TargetKind.Local ? CpuFlops : GpuFlops;
        var batches = scenario.Serving.Batching.Kind == BatchingKind.None ? 1 : scenario.Serving.Batching.MaxBatch;
        var shapes = scenario.Schedule().Calls.Select(call => (call.Model, Shape: new Shape(call.Width, call.Height, call.Frames, call.Steps, call.Guidance is not 1))).Distinct().ToList();
        return new ServiceProfile
        {
            Name = "operations",
            Device = Show.Inv($"{rate:0.#e+0} operations a second, assumed"),
            Evidence = "published",
            Source = "The model's operations by formula (specification of Wan2.2, cost), a batch as many times one job's.",
            Assumptions = [Show.Inv($"The device does {rate:0.#e+0} operations a second: calls may take another multiple of the GPU-time that is told here. Give --profile for better.")],
            Services =
            [
                .. from pair in shapes
                   from batch in Enumerable.Range(1, batches)
                   let flops = JobFlops.Of(pair.Model, pair.Shape)
                   where flops is not null
                   select new ServiceEntry
                   {
                       Model = pair.Model,
                       Width = pair.Shape.Width,
                       Height = pair.Shape.Height,
                       Frames = pair.Shape.Frames,
                       Steps = pair.Shape.Steps,
                       Guided = pair.Shape.Guided,
                       Batch = batch,
                       Whole = new SampledTime { MeanS = flops.Whole * batch / rate },
                   },
            ],
        };
    }
}

/// <summary>What calibrate --design prints with --json.</summary>
/// <param name="Scenario">Its name.</param>
/// <param name="Profile">What was known before: the profile's name.</param>
/// <param name="Evidence">Of that profile.</param>
/// <param name="RealCalls">Behind that profile.</param>
/// <param name="Calls">That the design plays, warm-up included.</param>
/// <param name="Design">Cells, prices and predicted errors.</param>
/// <param name="PoolCalls">Completed calls that trials draw from; 0 without trials.</param>
/// <param name="Trials">Designed against random calls, drawn from the pool.</param>
internal sealed record DesignDocument(string Scenario, string Profile, string Evidence, int RealCalls, int Calls, CallDesign Design, int PoolCalls, IReadOnlyList<DesignTrial> Trials);
