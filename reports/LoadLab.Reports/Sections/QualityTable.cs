using LoadLab.Core.Runs;

namespace LoadLab.Reports;

/// <summary>How well the load was played, a row per check; on the page and on the terminal.</summary>
public static class QualityTable
{
    public static IReadOnlyList<string> Head { get; } = ["how the load was played", "", "measured", "bound", "what was found"];

    public static IEnumerable<IReadOnlyList<string>> Rows(IEnumerable<QualityCheck> checks) =>
        checks.Select(check => (IReadOnlyList<string>)[check.Name, Verdict(check), Amount(check.Value, check.Unit), check.Value is null ? "" : Amount(check.Bound, check.Unit), check.Sentence]);

    internal static void Add(HtmlPage page, RunManifest manifest)
    {
        if (manifest.Quality?.Checks is not { Count: > 0 } checks)
        {
            return;
        }

        foreach (var check in checks.Where(check => !check.Passed))
        {
            page.Warning($"{(check.Fatal ? "Not to be trusted" : "To mind")}: {check.Name}: {check.Sentence}.");
        }

        page.Table(Head, Rows(checks), text: [1, 4]);
    }

    private static string Verdict(QualityCheck check) => check.Passed ? "passed" : check.Fatal ? "failed" : "warning";

    private static string Amount(double? value, string unit) => value is not { } known ? "" : unit switch
    {
        "share" => Show.Share(known),
        "ms" => Show.Seconds(known / 1e3),
        _ => $"{Show.Number(known)} {unit}",
    };
}
