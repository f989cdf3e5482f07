using System.Globalization;
using System.Text;
using LoadLab.Planning;
using LoadLab.Reports;

namespace LoadLab.Cli.Campaigns;

/// <summary>docs/fidelity.md.</summary>
internal static class CampaignPage
{
    public static string Write(CampaignReport report)
    {
        var text = new StringBuilder();
        Head(text, report);
        Errors(text, report);
        Naive(text, report);
        Load(text, report);
        Scenarios(text, report);
        Profiles(text, report);
        Machine(text, report);
        return text.ToString();
    }

    private static void Head(StringBuilder text, CampaignReport report)
    {
        var tests = report.Scenarios;
        text.Append("# How well simulation predicts live runs\n\n");
        text.Append(CultureInfo.InvariantCulture, $"Written by `{report.Command}`. {tests.Count} scenarios that calibration never saw were each played live {report.Repeats} times; a profile was calibrated on other runs of the same hours, ");
        text.Append(CultureInfo.InvariantCulture, $"and each recorded schedule was simulated with it {report.Simulations} times. Calls behind the measured figures: {tests.Sum(test => test.RealCalls)} of a real model and {tests.Sum(test => test.EmulatedCalls)} emulated ones. ");
        text.Append("Every predicted figure is simulated or by formula. Of a test run its prediction knows the schedule, the rules of its server, when the server was started, and how long its replicas took to come before they could load; no time of a call.\n\n");
        text.Append(CultureInfo.InvariantCulture, $"- **Warm-up**: calls of a run's first time ({string.Join(", ", report.Profiles.Select(profile => $"{profile.Group} {profile.WarmUpS:0.###} s"))}), in which the server's code is compiled, are played and simulated and count in no figure, measured or predicted.\n");

        text.Append("- **Error**: mean over the repeats of what was predicted, less the mean of what was measured, as a share of the latter. The repeats of a scenario play one schedule; what an emulated server draws differs from repeat to repeat.\n");
        text.Append("- **Interval**: half-width of the 95 % interval of the repeats' mean (Student's t), as the same share. A figure passes within its bound, or within this interval where that is wider.\n");
        text.Append("- **Service time only**: nobody waits. **Queue formula**: Allen and Cunneen's G/G/c (Lee and Longton's M/G/c, Wq(M/M/c) x (1 + CV²)/2, where arrivals are Poisson), moments fitted to the schedule and to the same profile, the mean number of replicas taken from the run itself; a replica that batches counts as as many servers as a batch may have jobs. Infinite: the load exceeds the servers.\n\n");
        text.Append(CultureInfo.InvariantCulture, $"**{(report.Passed ? "Passed" : "Not passed")}**: {tests.Count(test => test.Passed)} of {tests.Count} scenarios keep every bound, {report.ByInterval} of them by the interval (at most {report.MostByInterval}); {tests.Count(test => test.BetterThanNaive)} of {tests.Count} are predicted better than by both naive predictors; ");
        text.Append(CultureInfo.InvariantCulture, $"{report.UnderLoad} are under load: busy share 0.70 to 0.85 and mean wait at least mean service (at least {report.LeastUnderLoad}).\n");
    }

    private static void Errors(StringBuilder text, CampaignReport report)
    {
        text.Append(CultureInfo.InvariantCulture, $"\n## Errors of the simulation\n\n| scenario | {string.Join(" | ", FidelityBound.All.Select(bound => Show.Inv($"{bound.Name}, bound {bound.Share * 100:0} % | ± interval")))} | verdict |\n|---|{string.Concat(FidelityBound.All.Select(_ => "---:|---:|"))}---|\n");
        foreach (var test in report.Scenarios)
        {
            var cells = test.Bounds.Select(bound => $"{Change(bound.Row.RelativeError)} | {Share(bound.Row.RelativeInterval)}");
            text.Append(CultureInfo.InvariantCulture, $"| {test.Name} | {string.Join(" | ", cells)} | {Verdict(test)} |\n");
        }
    }

    private static string Verdict(CampaignScenario test) => string.Join("; ", test.Bounds.Where(bound => !bound.WithinBound).Select(bound => $"{bound.Row.Name} {(bound.NeedsInterval ? "by the interval" : "missed")}")) is { Length: > 0 } words
        ? words
        : "within the bounds";

    private static void Naive(StringBuilder text, CampaignReport report)
    {
        text.Append("\n## Beside the naive predictors\n\nErrors of mean, p95 and p99; better: a smaller mean size of the three.\n\n| scenario | simulated | service time only | queue formula | better than both |\n|---|---|---|---|---|\n");
        foreach (var test in report.Scenarios)
        {
            string Three(Func<FidelityRow, double?> error, double mean) => $"{string.Join(", ", test.Bounds.Select(bound => error(bound.Row) is { } share ? Show.Change(share) : "∞"))} ({(double.IsFinite(mean) ? Show.Share(mean) : "∞")})";
            text.Append(CultureInfo.InvariantCulture, $"| {test.Name} | {Three(row => row.RelativeError, test.Error)} | {Three(row => row.ServiceOnlyError, test.ServiceOnlyError)} | {Three(row => row.QueueFormulaError, test.QueueFormulaError)} | {(test.BetterThanNaive ? "yes" : "no")} |\n");
        }
    }

    private static void Load(StringBuilder text, CampaignReport report)
    {
        text.Append("\n## What was measured\n\nMeans of the repeats, the prediction behind the arrow; the run-to-run spread is the coefficient of variation of the mean latency over the repeats.\n\n");
        text.Append("| scenario | busy share | mean wait | mean service | mean latency | p95 | p99 | throughput | run to run | under load |\n|---|---|---|---|---|---|---|---|---:|---|\n");
        foreach (var test in report.Scenarios)
        {
            string Both(string name, Func<double, string> show) => $"{show(test.Row(name).Measured)} → {show(test.Row(name).Predicted)}";
            text.Append(CultureInfo.InvariantCulture, $"| {test.Name} | {Both("busy share", Show.Share)} | {Both("mean wait", Show.Seconds)} | {Both("mean service", Show.Seconds)} | {Both("mean latency", Show.Seconds)} | {Both("p95 latency", Show.Seconds)} | {Both("p99 latency", Show.Seconds)} | {Both("throughput", value => Show.Inv($"{value:0.00}/s"))} | {Share(test.Row("mean latency").Spread)} | {(test.UnderLoad ? "yes" : "no")} |\n");
        }
    }

    private static void Scenarios(StringBuilder text, CampaignReport report)
    {
        text.Append("\n## Scenarios\n\n| scenario | what it is | profile | seed | calls | counted | real | emulated | schedule |\n|---|---|---|---:|---:|---:|---:|---:|---|\n");
        foreach (var test in report.Scenarios)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {test.Name} | {test.About} | {test.Group} | {test.Seed} | {report.Repeats} x {test.Planned} | {report.Repeats} x {test.Counted} | {test.RealCalls} | {test.EmulatedCalls} | `{test.ScheduleSha256[..12]}` |\n");
        }
    }

    private static void Profiles(StringBuilder text, CampaignReport report)
    {
        text.Append("\n## Profiles\n\n| profile | evidence | runs | real calls | emulated calls | calibrated on |\n|---|---|---:|---:|---:|---|\n");
        foreach (var profile in report.Profiles)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {profile.Group}{(profile.EachRound ? ", one for each round" : "")} | {profile.Evidence} | {profile.Runs} | {profile.RealCalls} | {profile.EmulatedCalls} | {string.Join(", ", profile.Scenarios.Select(scenario => $"{scenario.Key} `{scenario.Value[..12]}`"))} |\n");
        }
    }

    private static void Machine(StringBuilder text, CampaignReport report)
    {
        text.Append(CultureInfo.InvariantCulture, $"\n## Machine\n\n{string.Join("; ", report.Machines)}. Recorded {report.Recorded}, {report.Minutes:0} minutes of runs.\n\n");
        text.Append("How quiet it was, the worst run of each scenario:\n\n| scenario | stolen by the host | processors used by others | load average before |\n|---|---:|---:|---:|\n");
        foreach (var test in report.Scenarios)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {test.Name} | {Share(test.Quietness.Steal)} | {Number(test.Quietness.Others)} | {Number(test.Quietness.LoadBefore)} |\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"\nRuns that do not count and were played again: {(report.Discarded.Count == 0 ? "none" : $"{report.Discarded.Count}")}.\n");
        foreach (var run in report.Discarded)
        {
            text.Append(CultureInfo.InvariantCulture, $"- {run}\n");
        }
    }

    private static string Change(double? share) => share is { } value ? Show.Change(value) : "–";

    private static string Share(double? share) => share is { } value ? Show.Share(value) : "–";

    private static string Number(double? number) => number is { } value ? Show.Inv($"{value:0.00}") : "–";
}
