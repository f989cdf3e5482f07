using System.CommandLine;
using LoadLab.Core.Runs;
using LoadLab.Serving.Journal;

namespace LoadLab.Cli.Verbs;

/// <summary>replay RUN: the journal through the serving core again, compared byte for byte.</summary>
internal static class ReplayVerb
{
    public static Command Create()
    {
        var run = new Argument<string>("RUN") { Description = "a run folder with decisions.jsonl, or that file" };
        return new Command("replay", "Feeds a run's journal through the serving core again and compares every decision byte for byte.") { run }.Does((parsed, output) =>
        {
            var path = parsed.GetRequiredValue(run);
            var result = JournalReplay.Verify(Directory.Exists(path) ? RunFolder.Open(path).File(RunFolder.DecisionsName) : path);
            output.Document(result);
            output.Line(result.Identical
                ? $"identical: {result.Events} events, {result.Decisions} decisions{(result.Torn ? "; the last line was cut off" : "")}{(result.Missing > 0 ? $"; {result.Missing} decisions after the end were not written" : "")}"
                : $"different at line {result.FirstDifferenceLine}\n  journal: {result.Expected}\n  replay:  {result.Actual}");
            return result.Identical ? ExitCode.Done : ExitCode.Failed;
        });
    }
}
