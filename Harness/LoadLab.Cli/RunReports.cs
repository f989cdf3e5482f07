using System.Text;
using LoadLab.Core.Runs;
using LoadLab.Planning;
using LoadLab.Reports;

namespace LoadLab.Cli;

/// <summary>report.html and report.json of one run, and the same on the terminal.</summary>
internal static class RunReports
{
    public const string PageName = "report.html";
    public const string DocumentName = "report.json";

    public static void Write(RunFolder folder, SloOptions slo, PriceOptions? price, RunSummary? summary = null)
    {
        summary ??= RunCosts.Summary(folder, slo);
        var cost = price is null ? null : RunCosts.CostOrNone(folder, price);
        WritePage(folder.File(PageName), new ReportContent
        {
            Title = $"LoadLab: {summary.Scenario}",
            Headlines = [.. Headlines(summary)],
            Runs = [folder],
            Costs = cost is null ? [] : [(summary.Scenario, cost)],
        });
        JsonDocuments.Write(folder.File(DocumentName), new RunDocument(summary, cost));
    }

    public static void WritePage(string path, ReportContent content) => File.WriteAllText(path, ReportPage.Render(content), new UTF8Encoding(false));

    public static void Print(Output output, RunFolder folder, RunSummary summary)
    {
        if (summary.Partial)
        {
            output.Line($"partial: this run says {summary.Status}; calls without a row count as unfinished");
        }

        output.Table("", ["figure", "value", "behind it"], Headlines(summary).Select(headline => (IReadOnlyList<string>)[headline.Name, headline.Value, headline.Behind]));
        if (summary.Quality.Count > 0)
        {
            output.Table("", QualityTable.Head, QualityTable.Rows(summary.Quality));
        }

        output.Table("", ["outcome", "calls"], summary.Outcomes.Where(outcome => outcome.Value > 0).Select(outcome => (IReadOnlyList<string>)[outcome.Key, Show.Number(outcome.Value)]));
        foreach (var (reason, count) in summary.Reasons.Take(10))
        {
            output.Line($"  {count} x {reason}");
        }

        if (summary.Replications is { } replications)
        {
            SimulatedReplications.Print(output, replications);
        }

        output.Line($"run folder: {folder.FullPath}");
        if (folder.Has(PageName))
        {
            output.Line($"page: {folder.File(PageName)}");
        }
    }

    /// <summary>The figures of a run with what stands behind each.</summary>
    public static IEnumerable<Headline> Headlines(RunSummary summary)
    {
        var behind = summary.Evidence == "simulated"
            ? $"{summary.Planned} simulated calls; {summary.RealCalls} real calls behind the profile of {summary.Device}"
            : $"{summary.RealCalls} real calls on {summary.Device}";
        Headline Of(string name, string value) => new(name, value, summary.Evidence, behind);
        string Latency(Figure figure) => figure.Value is { } seconds ? Show.Seconds(seconds) : figure.Why ?? "–";

        yield return Of("p50 latency over planned calls", Latency(summary.Latency.P50));
        yield return Of("p95 latency over planned calls", Latency(summary.Latency.P95));
        yield return Of("p99 latency over planned calls", Latency(summary.Latency.P99));
        yield return Of("goodput", Show.Share(summary.Goodput.Value ?? double.NaN));
        yield return Of($"busy share ({summary.BusyShareFrom})", Show.Share(summary.BusyShare.Value ?? double.NaN));
        if (summary.Evidence != "simulated")
        {
            yield return Of("p99 lateness", summary.Lateness.P99Ms.Value is { } ms ? Show.Seconds(ms / 1e3) : "–");
        }

        foreach (var target in summary.Slo.Targets)
        {
            yield return Of($"SLO {target.Name}", target.Met ? "met" : "not met");
        }
    }

    internal sealed record RunDocument(RunSummary Summary, CostReport? Cost);
}
