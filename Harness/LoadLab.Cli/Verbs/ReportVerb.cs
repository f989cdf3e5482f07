using System.CommandLine;
using LoadLab.Core.Runs;
using LoadLab.Planning;
using LoadLab.Reports;

namespace LoadLab.Cli.Verbs;

/// <summary>report RUN…: page and document from run folders, whole or partial.</summary>
internal static class ReportVerb
{
    public static Command Create()
    {
        var runs = new Argument<string[]>("RUN") { Description = "run folders", Arity = ArgumentArity.OneOrMore };
        var page = Verb.Text("--out", "one page for all runs, here");
        return new Command("report", "Writes report.html and report.json from run folders, whole or partial.") { runs, page }.Does((parsed, output) =>
        {
            var folders = parsed.GetRequiredValue(runs).Select(RunFolder.Open).ToList();
            var summaries = new List<RunSummary>();
            foreach (var folder in folders)
            {
                foreach (var problem in RunIntegrity.ProblemsOf(folder))
                {
                    output.Progress($"warning: {problem}; replica time and cost are left out");
                }

                var manifest = folder.ReadManifest();
                var slo = RunCosts.SloOf(manifest);
                RunReports.Write(folder, slo, RunCosts.PriceOf(manifest));
                summaries.Add(RunCosts.Summary(folder, slo));
                RunReports.Print(output, folder, summaries[^1]);
            }

            if (parsed.GetValue(page) is { } path)
            {
                RunReports.WritePage(path, new ReportContent { Title = "LoadLab: runs", Runs = folders });
                output.Line($"page: {Path.GetFullPath(path)}");
            }

            output.Document(summaries);
            return ExitCode.Done;
        });
    }
}
