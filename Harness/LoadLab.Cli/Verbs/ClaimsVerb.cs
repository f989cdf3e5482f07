using System.CommandLine;
using System.Text;
using LoadLab.Cli.Claims;
using LoadLab.Planning;

namespace LoadLab.Cli.Verbs;

/// <summary>claims: the claims of the two source articles, each computed, simulated and judged.</summary>
internal static class ClaimsVerb
{
    public static Command Create()
    {
        var file = Verb.Text("--out", "also write the page to a file, for example docs/article-claims.md");
        return new Command("claims", "Checks the claims of the two source articles by arithmetic, formula and simulation.") { file }.Does((parsed, output, stop) =>
        {
            var path = parsed.GetValue(file) is { } named ? Verb.File(named) : null;
            var report = ClaimStudy.Run(id => output.Progress($"claim {id}"), stop);
            if (path is not null)
            {
                File.WriteAllText(path, ClaimsPage.Write(report), new UTF8Encoding(false));
            }

            output.Document(report);
            output.Table("", ["claim", "", "verdict"], report.Rows.Select(row => (IReadOnlyList<string>)[row.Id, row.Restated, Verdict(row)]));
            output.Lines("elsewhere", report.Elsewhere.Select(other => $"{other.Id} {other.Restated}: {other.Where}"));
            return Task.FromResult(ExitCode.Done);
        });
    }

    private static string Verdict(ClaimRow row) => row.Remark.Length > 0 ? $"{row.Verdict.Words()}: {row.Remark}" : row.Verdict.Words();
}
