using System.CommandLine;
using System.Globalization;
using System.Text;
using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Fleet;
using LoadLab.Fleet.Design;
using LoadLab.Reports;
using LoadLab.Serving.Profiles;

namespace LoadLab.Cli.Verbs;

/// <summary>calibrate RUN… -o P: a profile from recorded runs, with its errors. calibrate --design SCENARIO --budget 60gpu-min: which calls to spend on that scenario.</summary>
internal static class CalibrateVerb
{
    private const int MostRepeats = 10_000;
    private const double LeastWins = 0.8;

    private static readonly Argument<string[]> s_runs = new("RUN") { Description = "run folders of live runs", Arity = ArgumentArity.ZeroOrMore };
    private static readonly Option<string?> s_path = new("--out", "-o") { Description = "the profile to write; with --design the scenario to write" };
    private static readonly Option<string?> s_name = Verb.Text("--name", "name of the profile (default: the file's)");
    private static readonly Option<Duration?> s_warmUp = Verb.Time("--warm-up", "leave the calls of each run's first time out, in which its server's code is compiled");
    private static readonly Option<string?> s_design = Verb.Text("--design", "a scenario: say which calls make its p95 and cost least wrong");
    private static readonly Option<double?> s_budget = Verb.GpuTime("--budget", "with --design: GPU-time for the calls, warm-up included: 60gpu-min, 2gpu-h, 300gpu-s");
    private static readonly Option<string?> s_profile = Verb.Text("--profile", "with --design: what is known so far (default: the runs, else the model's operations)");
    private static readonly Option<int?> s_repeats = Verb.Whole("--repeats", "with --design: every cell that often, in place of a budget", 1, MostRepeats);
    private static readonly Option<int?> s_trials = Verb.Whole("--trials", "with --design and RUN: draw designed and random calls of equal GPU-time from the runs that often, and compare their profiles", 1, 1000);
    private static readonly Option<string?> s_page = Verb.Text("--page", "with --trials: also write the comparison to a file");
    private static readonly Option<ulong?> s_seed = Verb.Seed();

    public static Command Create() => new Command("calibrate", "Makes a profile of service times, memory, cold start and overheads from recorded runs, with its errors; or designs the calls to measure.")
    {
        s_runs, s_path, s_name, s_warmUp, s_design, s_budget, s_profile, s_repeats, s_trials, s_page, s_seed,
    }.Does((parsed, output) =>
    {
        var runs = (parsed.GetValue(s_runs) ?? []).Select(RunIntegrity.Open).ToList();
        return parsed.GetValue(s_design) is { } scenario ? Design(parsed, Scenario.Load(scenario, parsed.GetValue(s_seed)), runs, output) : Calibrate(parsed, runs, output);
    });

    public static IReadOnlyList<string> Head { get; } = ["model and shape", "batch", "calls", "outliers", "text", "denoise", "decode", "whole", "spread (CV)", "error of the mean, held out"];

    public static IEnumerable<IReadOnlyList<string>> Rows(ServiceProfile profile) => profile.Services.Select(entry => (IReadOnlyList<string>)
    [
        $"{entry.Model} {entry.Shape}",
        Show.Number(entry.Batch),
        Show.Number(entry.Whole.Count * entry.Batch),
        Show.Number(entry.Outliers),
        Mean(entry.Text),
        Mean(entry.Denoise),
        Mean(entry.Decode),
        Show.Seconds(entry.Whole.MeanS),
        Spread(entry.Whole),
        entry.Error is { } error ? Show.Share(error) : "–",
    ]);

    /// <summary>What the laws are, how far they reach and how wrong they are; a line each.</summary>
    public static IEnumerable<string> Laws(ServiceProfile profile) => profile.StageLaws.Select(law => string.Create(CultureInfo.InvariantCulture,
        $"law of {law.Model}: {(law.Split ? $"text {Show.Seconds(law.TextS)}; " : "")}a forward {law.StepFixedS:0.###e0} + {law.StepPerTokenS:0.###e0} tokens + {law.StepPerTokenSquaredS:0.###e0} tokens² s; decoding {law.DecodeFixedS:0.###e0} + {law.DecodePerPixelS:0.###e0} pixels s; batches {string.Join(", ", law.Batches.Select(factor => $"{factor.Batch}: x{factor.Denoise:0.###}"))}; range {law.Range}; "
        + $"in-sample error {Share(law.Error)}, leave-one-cell-out {Share(law.HeldOutError)}, over {law.Calls} calls of {law.Cells} cells"));

    public static string ColdStart(ServiceProfile profile) => profile.ColdStart is { } cold
        ? string.Create(CultureInfo.InvariantCulture, $"{Show.Seconds(cold.MeanS)} over {cold.Count}")
        : "not recorded";

    public static string Memory(ServiceProfile profile) => profile.Memory is { } memory
        ? string.Create(CultureInfo.InvariantCulture, $"{Show.Bytes(memory.FixedBytes)} + {(memory.BytesPerToken > 0 ? $"{Show.Bytes(memory.BytesPerToken)} per token" : $"{memory.BytesPerPixel:0.##} bytes per pixel")} of the batch, off by at most {memory.Error:P1} over {memory.Count} batches")
        : "not recorded";

    private static int Calibrate(ParseResult parsed, List<RunFolder> runs, Output output)
    {
        var file = parsed.GetValue(s_path) ?? throw Verb.Bad("--out", null, "is missing", "add -o profile.yaml, the profile to write");
        if (runs.Count == 0)
        {
            throw Verb.Bad("RUN", null, "is missing", "give the folders of one or more live runs, or --design SCENARIO");
        }

        var profile = Calibration.FromRuns(runs, parsed.GetValue(s_name) ?? Path.GetFileNameWithoutExtension(file), $"loadlab calibrate {string.Join(' ', parsed.GetValue(s_runs)!)} {(parsed.GetValue(s_warmUp) is { } left ? Show.Inv($"--warm-up {left.Seconds:0.###}s ") : "")}-o {file}", Host.Version, parsed.GetValue(s_warmUp) ?? Duration.Zero);
        ProfileFile.Write(file, profile);
        output.Document(profile);
        output.Line($"{profile.Name}: {profile.RealCalls} real calls on {profile.Device}, {profile.WarmUpCalls} of them warm-up; {Profiles.ErrorOf(profile)}");
        output.Table("", Head, Rows(profile));
        foreach (var law in Laws(profile))
        {
            output.Line(law);
        }

        output.Line($"cold start: {ColdStart(profile)}; memory: {Memory(profile)}");
        output.Line($"overheads: request {Overhead(profile.Overheads?.Request)}, answer {Overhead(profile.Overheads?.Answer)}, dispatch {Overhead(profile.Overheads?.Dispatch)}; first call {Show.Seconds(profile.FirstCallPenaltyS)} longer{Cache(profile)}");
        output.Line($"profile: {Path.GetFullPath(file)}");
        return ExitCode.Done;
    }

    private static int Design(ParseResult parsed, Scenario scenario, List<RunFolder> runs, Output output)
    {
        var (repeats, trials) = (parsed.GetValue(s_repeats), parsed.GetValue(s_trials));
        if (parsed.GetValue(s_budget) is null && repeats is null)
        {
            throw Verb.Bad("--budget", null, "is missing", "write for example --budget 60gpu-min, or --repeats 30 for every cell as often");
        }

        if (trials is not null && runs.Count == 0)
        {
            throw Verb.Bad("--trials", trials.ToString(), "has no calls to draw", "give the run folders of a pool, played from calibrate --design SCENARIO --repeats 30 -o POOL.yaml");
        }

        var figures = DesignStudy.FiguresOf(scenario);
        var prior = DesignStudy.PriorOf(scenario, parsed.GetValue(s_profile), trials is null ? runs : []);
        var seed = scenario.Seed.Derive("calibrate");
        var design = CallDesign.Of(figures, prior, parsed.GetValue(s_budget) ?? double.MaxValue, seed, repeats);
        var pool = trials is null ? [] : runs.SelectMany(run => run.ReadCalls()).Where(call => call.Outcome == Outcome.Completed).ToList();
        var document = new DesignDocument(
            scenario.Name, prior.Name, prior.Evidence, prior.RealCalls, design.Cells.Sum(cell => (cell.Repeats + cell.WarmUp) * cell.Batch), design, pool.Count,
            trials is null ? [] : DesignProof.FromRuns(runs, figures, design, trials.Value, seed));
        output.Document(document);
        output.Line($"{scenario.Name}: {document.Calls} calls, {Show.Seconds(design.Spent)} of GPU-time by {prior.Name} ({prior.Evidence}, {prior.RealCalls} real calls)");
        output.Table("", DesignStudy.Head, DesignStudy.Rows(design.Cells));
        output.Lines("assumed", prior.Assumptions);
        output.Line(Show.Inv($"predicted error of the scenario's simulated p95: {design.Before.P95:P1} before, {design.After.P95:P1} after these calls, {design.AfterRandom.P95:P1} after as much time of random calls; of its work, the cost: {design.Before.Work:P1}, {design.After.Work:P1}, {design.AfterRandom.Work:P1}"));
        if (parsed.GetValue(s_path) is { } file)
        {
            output.Line($"scenario: {Path.GetFullPath(file)}, its calls: {Path.GetFullPath(DesignScenario.Write(file, scenario, design.Cells, seed))}");
        }

        return trials is null ? ExitCode.Done : Judge(parsed, document, runs[0].ReadManifest(), output);
    }

    private static int Judge(ParseResult parsed, DesignDocument document, RunManifest pool, Output output)
    {
        var won = document.Trials.Count(trial => trial.Won);
        output.Table("", ["seed", "designed: p95", "work", "random: p95", "work", "closer"], document.Trials.Select(trial => (IReadOnlyList<string>)
        [
            Show.Number(trial.Number), Show.Change(trial.Designed.P95), Show.Change(trial.Designed.Work), Show.Change(trial.Random.P95), Show.Change(trial.Random.Work), trial.Won ? "designed" : "random",
        ]));
        output.Line(Show.Inv($"designed calls were closer in {won} of {document.Trials.Count} draws from {document.PoolCalls} calls ({pool.Evidence})"));
        if (parsed.GetValue(s_page) is { } page)
        {
            var command = $"loadlab calibrate RUN --design {parsed.GetValue(s_design)} --budget {Show.Inv($"{document.Design.Budget:0.###}")}gpu-s --trials {document.Trials.Count} --page {page}";
            File.WriteAllText(page, DesignStudy.Page(document, command, pool), new UTF8Encoding(false));
            output.Line($"page: {Path.GetFullPath(page)}");
        }

        return won >= LeastWins * document.Trials.Count ? ExitCode.Done : ExitCode.Failed;
    }

    /// <summary>Standard deviation over mean of the kept ratios, whose mean is 1.</summary>
    private static string Spread(SampledTime time) =>
        time.Ratios.Count > 1 ? Show.Share(Math.Sqrt(time.Ratios.Average(ratio => (ratio - 1) * (ratio - 1)))) : "–";

    private static string Mean(SampledTime? time) => time is { } known ? Show.Seconds(known.MeanS) : "–";

    private static string Share(double? error) => error is { } known ? Show.Share(known) : "not measured";

    private static string Overhead(SampledTime? time) => time is { } known ? Show.Inv($"{known.MeanS * 1e3:0.###} ms over {known.Count}") : "not recorded";

    private static string Cache(ServiceProfile profile) => profile.TextCache is { } cache ? Show.Inv($"; text kept for {cache.HitShare:P1} of {cache.Batches} batches") : "";
}
