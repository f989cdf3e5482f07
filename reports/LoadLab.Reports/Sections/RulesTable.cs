using LoadLab.Core.Runs;
using LoadLab.Planning.Rules;

namespace LoadLab.Reports;

/// <summary>What the serving rules did, and the segments of each cold start. Nothing for a run without a journal.</summary>
internal static class RulesTable
{
    private const int MostColdStarts = 20;

    public static void Add(HtmlPage page, RunFolder folder)
    {
        if (RuleSummary.Of(folder) is not { Figures.Count: > 0 } rules)
        {
            return;
        }

        page.Heading("What the serving rules did");
        page.Table(["what", "reason in the journal", "figure"], rules.Figures.Select(row => (IReadOnlyList<string>)[row.What, row.Reason, row.Figure]));
        if (rules.ColdStarts.Count == 0)
        {
            return;
        }

        page.Heading(rules.ColdStarts.Count > MostColdStarts ? $"Cold starts (the first {MostColdStarts} of {rules.ColdStarts.Count})" : "Cold starts");
        page.Table(
            ["replica", "model", "boot", "load", "first batch", "first-call penalty"],
            rules.ColdStarts.Take(MostColdStarts).Select(cold => (IReadOnlyList<string>)
            [
                Show.Number(cold.Replica), cold.Model, Seconds(cold.BootS), Seconds(cold.LoadS), Seconds(cold.FirstBatchS), Seconds(cold.FirstCallPenaltyS),
            ]));
    }

    private static string Seconds(double? seconds) => seconds is { } value ? Show.Seconds(value) : "–";
}
