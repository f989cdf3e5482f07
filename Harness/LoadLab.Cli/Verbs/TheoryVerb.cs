using System.CommandLine;
using System.Text;
using LoadLab.Core.Input;
using LoadLab.Planning.Theory;

namespace LoadLab.Cli.Verbs;

/// <summary>theory: queues whose figures are known exactly, played by the simulator.</summary>
internal static class TheoryVerb
{
    public static Command Create()
    {
        var strict = new Option<bool>("--strict") { Description = "half-widths of 1 % and 2 % in place of 3 % and 6 %: nine times the calls" };
        var file = new Option<string?>("--out", "-o") { Description = "also write the page to a file, for example docs/theory.md" };
        var row = Verb.Text("--row", "only rows with this in their name");
        var threads = Verb.Whole("--threads", "runs at a time; the figures are the same for any number", 2, 1, 1024);
        return new Command("theory", "Checks the simulator against queueing theory; exit code 1 when a figure does not hold.") { strict, file, row, threads }.Does((parsed, output, stop) =>
        {
            var path = parsed.GetValue(file) is { } named ? Verb.File(named) : null;
            var precision = parsed.GetValue(strict) ? TheoryPrecision.Strict : TheoryPrecision.Test;
            var rows = Rows(parsed.GetValue(row));
            var done = 0;
            var findings = TheoryPlay.Play(
                rows,
                precision,
                parsed.GetValue(threads),
                (played, took) => output.Progress(FormattableString.Invariant($"{++done}/{rows.Count} {played.Group}: {played.Name}, {played.Thousands * precision.Runs / 1000.0:0.0} million calls in {took.TotalSeconds:0} s of one processor")),
                stop);
            var report = TheoryReport.Of(findings, precision);
            if (path is not null)
            {
                File.WriteAllText(path, TheoryPage.Write(report), new UTF8Encoding(false));
            }

            output.Document(report);
            output.Line(report.Wording);
            output.Table("", ["queue", "figure", "theory", "simulated", "99.9 % interval", "half-width", "error", "calls", "verdict"], report.Lines.Select(TheoryPage.Cells));
            return Task.FromResult(report.AllHold ? ExitCode.Done : ExitCode.Failed);
        });
    }

    private static List<TheoryRow> Rows(string? named)
    {
        var rows = TheoryTable.Rows.Where(row => named is null || $"{row.Group}: {row.Name}".Contains(named, StringComparison.OrdinalIgnoreCase)).ToList();
        return rows.Count > 0 ? rows : throw new InputException(new Problem("command line", 0, "--row", named, "is in no row's name", $"write a part of one, for example {TheoryTable.Rows[0].Name}"));
    }
}
