using System.Globalization;
using System.Text;

namespace LoadLab.Planning.Theory;

/// <summary>docs/theory.md: the same report gives the same bytes.</summary>
public static class TheoryPage
{
    private const string Head = """
        # The simulator, checked by theory

        Written by `./loadlab theory --strict -o docs/theory.md`. Every row is a queue whose figures are known exactly, played by the fleet simulation on the serving core of the live server; only arrivals and service times are drawn, by the law of the row.
        Several independent runs a row, each from an empty system; the first seventeenth of a run is warm-up, the rest sixteen batches in order of arrival. Estimates are ratios of sums over all batches, percentiles are found by inverting the intervals of exceedance,
        and the interval is Student's at 99.9 % over the batches. A row holds when the oracle lies in the interval, the interval is no wider than asked for, neighbouring batches are uncorrelated, and the closed form, computed anew, gives the printed value to its last digit.
        With this many figures at 99.9 %, at most one table in ten has one outside by chance alone.

        """;

    public static string Write(TheoryReport report)
    {
        var text = new StringBuilder(Head.ReplaceLineEndings("\n"));
        var held = report.Lines.Count(line => line.Verdict == TheoryVerdict.Holds);
        var errors = report.Lines.Where(line => line.Error is not null && line.Figure.Contains("bound", StringComparison.Ordinal) == false).Select(line => Math.Abs(line.Error!.Value)).Order().ToList();
        text.Append(CultureInfo.InvariantCulture, $"\n{char.ToUpperInvariant(report.Wording[0])}{report.Wording[1..]}. Seed {report.Seed} for every row.\n\n");
        text.Append(CultureInfo.InvariantCulture, $"{held} of {report.Lines.Count} figures hold; {report.SimulatedCalls:#,0} simulated calls.");
        if (errors.Count > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $" Error of the estimates: median {100 * errors[errors.Count / 2]:0.00} %, largest {100 * errors[^1]:0.00} %.");
        }

        text.Append('\n');
        foreach (var group in report.Lines.GroupBy(line => line.Group))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n## {char.ToUpperInvariant(group.Key[0])}{group.Key[1..]}\n\n| queue | figure | theory | simulated | 99.9 % interval | half-width | error | calls | verdict |\n|---|---|---|---|---|---|---|---|---|\n");
            foreach (var line in group)
            {
                text.Append("| ").AppendJoin(" | ", Cells(line)).Append(" |\n");
            }
        }

        return text.ToString();
    }

    /// <summary>Queue, figure, theory, simulated, interval, half-width, error, calls, verdict.</summary>
    public static IReadOnlyList<string> Cells(TheoryLine line) =>
    [
        line.Row, line.Figure, line.Printed,
        Or(line.Estimate, value => Text($"{value:g7}")),
        line is { Low: { } low, High: { } high } ? Text($"{low:g6} to {high:g6}") : "–",
        Or(line.HalfWidth, value => Text($"{100 * value:0.00} %")),
        Or(line.Error, value => Text($"{100 * value:+0.00;-0.00;0.00} %")),
        line.Calls == 0 ? "–" : Text($"{line.Calls:#,0}"),
        line.Verdict.Words(),
    ];

    private static string Or(double? value, Func<double, string> show) => value is { } known ? show(known) : "–";

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
