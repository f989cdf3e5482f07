using System.Globalization;
using LoadLab.Cli.Verbs;
using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Fleet;
using LoadLab.Forecast;
using LoadLab.Planning;
using LoadLab.Reports;
using LoadLab.Serving.Journal;
using LoadLab.Serving.Profiles;

namespace LoadLab.Cli;

/// <summary>
/// The whole loop on this machine: three live runs of a small real model, a profile from two of them, the simulator's error on the third, a forecast, a simulated day
/// under two scaling rules, a price, one page.
/// </summary>
internal static class Demo
{
    private const int Seeds = 8;

    public static async Task<DemoResult> RunAsync(string root, Output output, CancellationToken stop)
    {
        var folder = Path.Combine(root, $"demo-{DateTimeOffset.UtcNow.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture)}");
        Directory.CreateDirectory(folder);

        output.Progress("1/6  a cold server: silence, then load");
        var cold = await PlayAsync("demo-cold-start", folder, output, stop).ConfigureAwait(false);
        output.Progress("2/6  peak hours");
        var peak = await PlayAsync("demo-peak", folder, output, stop).ConfigureAwait(false);
        output.Progress("3/6  a burst");
        var burst = await PlayAsync("demo-burst", folder, output, stop).ConfigureAwait(false);

        output.Progress("4/6  calibrating on the first two, checking on the third");
        var profile = Calibration.FromRuns([cold.Folder, peak.Folder], "demo-nano");
        ProfileFile.Write(Path.Combine(folder, "profile.yaml"), profile);
        var fidelity = FidelityVerb.View(burst.Folder, Fidelity.Compare(burst.Folder, profile));

        output.Progress("5/6  forecasting what was recorded");
        var forecasts = Forecasts(peak.Folder);

        output.Progress("6/6  a simulated day of 32 GPUs under two scaling rules");
        var day = Scenario.Load(Verb.Shipped("fleet-day.yaml"));
        var published = Profiles.Load("wan22-published");
        var ab = AbStudy.Run(day, published, "article-rule:1..3", "fixed:3", Seeds, day.Price!);
        var fleet = SimulateVerb.Simulated(day, published);
        var (simulated, first) = fleet.Write(folder, TimeProvider.System);
        var replications = SimulatedReplications.Run(day, fleet, first, Seeds, Environment.ProcessorCount)!;

        var costs = new List<(string Subject, CostReport Cost)>
        {
            ("Peak hours, as played", RunCosts.Cost(peak.Folder, peak.Scenario.Price!)),
            ("The simulated day", RunCosts.Cost(simulated, day.Price!)),
        };
        var replay = JournalReplay.Verify(peak.Folder.File(RunFolder.DecisionsName));
        var live = new[] { cold, peak, burst };
        var headlines = Headlines(live, profile, fidelity, forecasts, ab, costs, published, replications, replay).ToList();
        var page = Path.GetFullPath(Path.Combine(folder, RunReports.PageName));
        RunReports.WritePage(page, new ReportContent
        {
            Title = "LoadLab demo: from a few real calls to a priced fleet",
            Lead =
            [
                $"A small real Wan2.2 model was served on {cold.Manifest.Device} and loaded three times; {live.Sum(run => run.Manifest.RealCalls)} real calls stand behind what is called real here.",
                "What is called simulated ran under virtual time on the same serving core. The day of a fleet uses published service times of a full-size model on hardware that this machine does not have: no real call of this run stands behind it.",
            ],
            Headlines = headlines,
            Runs = [cold.Folder, peak.Folder, burst.Folder, simulated],
            Tables = [new ReportTable("The calibrated profile", $"{profile.RealCalls} real calls, {profile.WarmUpCalls} of them warm-up; {Profiles.ErrorOf(profile)}. Cold start {CalibrateVerb.ColdStart(profile)}; memory {CalibrateVerb.Memory(profile)}.", CalibrateVerb.Head, [.. CalibrateVerb.Rows(profile)])],
            Fidelity = fidelity,
            Forecasts = forecasts,
            Ab = ab,
            Costs = costs,
        });
        var document = new DemoDocument(
            live.All(run => run.Result.Summary.Quality.LatenessPassed && run.Result.Summary.Count(Outcome.Completed) > 0 && run.Result.TargetEnded is null) && replay.Identical,
            headlines,
            [.. live.Select(run => run.Folder.FullPath), simulated.FullPath]);
        JsonDocuments.Write(Path.Combine(folder, RunReports.DocumentName), document);
        return new DemoResult(page, document);
    }

    private static async Task<Played> PlayAsync(string name, string root, Output output, CancellationToken stop)
    {
        var scenario = Scenario.Load(Verb.Shipped(name + ".yaml"));
        var result = await LiveRun.PlayAsync(scenario, new LiveRunOptions { Root = root }, output, stop).ConfigureAwait(false);
        stop.ThrowIfCancellationRequested();
        if (result.Summary.Count(Outcome.Completed) == 0)
        {
            throw new TargetFailedException($"no call of {name} completed; see {result.Folder.FullPath}");
        }

        RunReports.Write(result.Folder, scenario.Slo, scenario.Price);
        var manifest = result.Folder.ReadManifest();
        output.Progress($"     {manifest.Verdict}");
        return new Played(scenario, result, manifest);
    }

    private static List<(ForecastReport Report, string Behind)> Forecasts(RunFolder run)
    {
        var manifest = run.ReadManifest();
        var options = new BacktestOptions { Calibration = new CalibrationOptions { Horizon = 5, NonNegative = true } };
        var forecasts = new List<(ForecastReport Report, string Behind)>();
        foreach (var name in new[] { SeriesBuilder.ArrivalsName, "host/cpu.util" })
        {
            var series = SeriesBuilder.FromRun(run, name, Duration.FromSeconds(1));
            if (Backtest.ShortOf(series, options) is null)
            {
                forecasts.Add((ForecastReport.Of(series, options, ForecastReport.Pool()), $"Recorded during {manifest.RealCalls} real calls on {manifest.Device}."));
            }
        }

        return forecasts;
    }

    private static IEnumerable<Headline> Headlines(
        IReadOnlyList<Played> live,
        ServiceProfile profile,
        FidelityView fidelity,
        List<(ForecastReport Report, string Behind)> forecasts,
        AbReport ab,
        List<(string Subject, CostReport Cost)> costs,
        ServiceProfile published,
        ReplicationReport replications,
        ReplayResult replay)
    {
        var device = live[0].Manifest.Device;
        if (profile.ColdStart is { } cold)
        {
            yield return new Headline("cold start (model load)", Show.Seconds(cold.MeanS), "real", $"{cold.Count} loads on {device}");
        }

        var most = profile.Services.MaxBy(entry => entry.Whole.Count)!;
        yield return new Headline("service time of one call", Show.Seconds(most.Whole.MeanS), "real", $"{most.Whole.Count} real calls of {most.Shape} on {device}; {Profiles.ErrorOf(profile)}");
        foreach (var run in live)
        {
            var summary = RunCosts.Summary(run.Folder, run.Scenario.Slo);
            yield return new Headline($"p95 latency, {summary.Scenario}", summary.Latency.P95.Value is { } p95 ? Show.Seconds(p95) : summary.Latency.P95.Why ?? "–", "real", $"{summary.RealCalls} real calls on {device}, over {summary.Planned} planned");
        }

        yield return new Headline("p99 lateness of the engine", Show.Seconds(live.Max(run => run.Manifest.Quality!.LatenessP99Ms) / 1e3), "real", "worst of the three runs; sent − intended");
        yield return new Headline("journal replayed through the core", replay.Identical ? "identical" : $"differs at line {replay.FirstDifferenceLine}", "real", $"{replay.Events} events, {replay.Decisions} decisions of demo-peak, byte for byte");
        var p95Row = fidelity.Rows.FirstOrDefault(row => row.Name == "p95 latency");
        if (p95Row is { RelativeError: { } error })
        {
            yield return new Headline($"p95 latency of {fidelity.Run}, predicted", Show.Seconds(p95Row.Predicted), "simulated", $"measured {Show.Seconds(p95Row.Measured)}, error {Show.Change(error)}; {fidelity.ProfileRealCalls} real calls behind the profile, {fidelity.RunRealCalls} in the run");
        }

        foreach (var (report, _) in forecasts)
        {
            var chosen = report.Backtest.Models.First(model => model.Name == report.Chosen);
            yield return new Headline($"forecast of {report.Series}: {report.Chosen}", chosen.Pooled.Mase is { } mase ? $"MASE {Show.Number(mase)}" : "–", "real", $"backtest over {report.Backtest.Origins} unseen origins");
        }

        foreach (var figure in replications.Figures.Where(figure => figure.Name.StartsWith("p95", StringComparison.Ordinal) && figure is { Mean.Value: not null, HalfWidth: not null }))
        {
            yield return new Headline("p95 latency of a day on 32 GPUs", Show.Inv($"{Show.Seconds(figure.Mean.Value!.Value)} ± {Show.Seconds(figure.HalfWidth!.Value)}"), "simulated", Show.Inv($"{replications.Replications} replications, {replications.Planned} simulated calls, 0 real calls; profile {published.Name} ({published.Evidence})"));
        }

        foreach (var metric in ab.Metrics.Where(metric => metric.Name is "cost per 1000 completed" or "p95 latency"))
        {
            var difference = metric.Paired is { } paired ? $"{Show.Number(paired.Difference)} ± {Show.Number(paired.HalfWidth)} {metric.Unit}" : metric.By;
            yield return new Headline($"{metric.Name}: {ab.A} − {ab.B}", difference, "simulated", $"{metric.Verdict}; {ab.Seeds} seeds, {ab.RealCalls} real calls; profile {published.Name} ({published.Evidence})");
        }

        foreach (var (subject, cost) in costs)
        {
            var value = cost.PerThousand.Value is { } perThousand ? $"{Show.Dollars(perThousand)}{(cost.PricedAsIf ? " (priced as if)" : "")}" : cost.PerThousand.Why ?? "–";
            yield return new Headline($"cost of 1000 calls: {subject}", value, cost.Evidence, cost.Wording);
        }
    }

    private sealed record Played(Scenario Scenario, LiveRunResult Result, RunManifest Manifest)
    {
        public RunFolder Folder => Result.Folder;
    }
}

/// <param name="Passed">Every run was played on time, something completed in each, and the journal replayed identically.</param>
internal sealed record DemoDocument(bool Passed, IReadOnlyList<Headline> Headlines, IReadOnlyList<string> RunFolders);

internal sealed record DemoResult(string Page, DemoDocument Document);
