using System.CommandLine;
using System.Diagnostics;

namespace LoadLab.Cli.Verbs;

/// <summary>demo: the main job, whole, on this machine.</summary>
internal static class DemoVerb
{
    public static Command Create()
    {
        var root = Verb.Root();
        return new Command("demo", "The main job: measures a small real model on this machine, calibrates, simulates a day of a fleet, prices it, and writes one page.") { root }.Does(async (parsed, output, stop) =>
        {
            var watch = Stopwatch.StartNew();
            var demo = await Demo.RunAsync(parsed.GetRequiredValue(root), output, stop).ConfigureAwait(false);
            output.Document(demo.Document);
            output.Table("", ["figure", "value", "evidence", "what stands behind it"], demo.Document.Headlines.Select(headline => (IReadOnlyList<string>)[headline.Name, headline.Value, headline.Evidence, headline.Behind]));
            output.Progress($"took {watch.Elapsed.TotalSeconds:0} s");
            output.Line($"page: {demo.Page}");
            return demo.Document.Passed ? ExitCode.Done : ExitCode.Failed;
        });
    }
}
