using System.Globalization;
using System.Text;

namespace LoadLab.Planning;

/// <summary>docs/article-claims.md: the same report gives the same bytes.</summary>
public static class ClaimsPage
{
    private const string Head = """
        # The claims of two articles, checked

        Written by `./loadlab claims`; a test holds it to what the command computes. The articles: A, on load fluctuations of a text-to-video server run on Wan2.2-T2V-5B; B, on batch generation with Wan2.2-T2V-A14B. Their claims are quoted to be checked, not believed.

        - **Its other figures**: arithmetic on the article's own figures, the model's dimensions, its operations by formula (a multiply-add is two) and a card's peak from its maker's data sheet (A100: 312 TFLOP/s dense bfloat16; RTX 3090: 142 dense FP16). GB are 10^9 bytes, GiB 2^30; memory is by formula ([memory](memory.md)).
        - **Published**: measured by others, on what is named.
        - **Own GPU run**: a run folder. There is none yet; [gpu.md](gpu.md) says how one is made.
        - **Nano**: what the small model of the same code showed on a processor: the shape of the behaviour. It decides nothing about a GPU.
        - **Simulated**: a scenario of [Scenarios/claims](../Scenarios/claims) on a shipped profile, under virtual time, by the same policies that serve live. A simulated figure is worth the real calls behind its profile: the articles' profiles have none, so such a row says what a rule does *if* the article's times hold. To repeat one side: `./loadlab simulate Scenarios/claims/NAME.yaml --profile PROFILE`.
        - **Verdict**: supported · contradicted · two of its own figures disagree · true of the rule, not of the number · not decided here.

        """;

    public static string Write(ClaimsReport report)
    {
        var text = new StringBuilder(Head.ReplaceLineEndings("\n"));
        Summary(text, report);
        Table(text, "A: resource scheduling with the 5B", report.Rows.Where(row => row.Id[0] == 'A'));
        Table(text, "B: enterprise task scheduling with the A14B", report.Rows.Where(row => row.Id[0] == 'B'));
        text.Append("\n## Not on this page\n\n");
        foreach (var other in report.Elsewhere)
        {
            text.Append(CultureInfo.InvariantCulture, $"- **{other.Id}** {other.Restated}: {other.Where}\n");
        }

        return text.ToString();
    }

    private static void Summary(StringBuilder text, ClaimsReport report)
    {
        text.Append("\n| verdict | claims |\n|---|---|\n");
        foreach (var verdict in Enum.GetValues<ClaimVerdict>())
        {
            var ids = report.Rows.Where(row => row.Verdict == verdict).Select(row => row.Id).ToList();
            text.Append(CultureInfo.InvariantCulture, $"| {verdict.Words()} | {ids.Count}: {string.Join(", ", ids)} |\n");
        }
    }

    private static void Table(StringBuilder text, string title, IEnumerable<ClaimRow> rows)
    {
        text.Append(CultureInfo.InvariantCulture, $"\n## {title}\n\n| id | claim | its other figures | published | own GPU run | nano | simulated | verdict |\n|---|---|---|---|---|---|---|---|\n");
        foreach (var row in rows)
        {
            string[] cells =
            [
                row.Id,
                $"{row.Restated} ({row.Quote})",
                Or(row.Figures, "–"),
                Or(row.Published, "none known"),
                Or(row.GpuRun, "none"),
                Or(row.Nano, "not measured"),
                Simulated(row),
                $"**{row.Verdict.Words()}**{(row.Remark.Length > 0 ? $": {row.Remark}" : "")}",
            ];
            text.Append(CultureInfo.InvariantCulture, $"| {string.Join(" | ", cells.Select(cell => cell.Replace("|", "\\|", StringComparison.Ordinal)))} |\n");
        }
    }

    private static string Simulated(ClaimRow row) => row.Simulated.Length == 0 ? "–" : $"{row.Simulated} (simulated; {string.Join("; ", row.Runs.Select(Basis))})";

    private static string Basis(ClaimBasis basis) => string.Create(
        CultureInfo.InvariantCulture, $"{basis.Scenario} on {basis.Profile}, {basis.Sides} run{(basis.Sides == 1 ? "" : "s")}, {basis.RealCalls} real calls behind {(basis.Sides == 1 ? "it" : "them")}");

    private static string Or(string text, string nothing) => text.Length > 0 ? text : nothing;
}
