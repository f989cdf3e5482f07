using System.CommandLine;
using LoadLab.Core.Runs;
using LoadLab.Fleet;
using LoadLab.Reports;
using LoadLab.Serving.Profiles;

namespace LoadLab.Cli.Verbs;

/// <summary>fidelity RUN --profile P: a recorded run again in the simulator, with the error.</summary>
internal static class FidelityVerb
{
    public static Command Create()
    {
        var run = new Argument<string>("RUN") { Description = "a run folder of a local run" };
        var profile = Verb.Text("--profile", "a file that calibrate wrote");
        var replications = Verb.Whole("--replications", "simulations to average", 8, 1, 10_000);
        return new Command("fidelity", "Replays a recorded run in the simulator and prints the error.") { run, profile, replications }.Does((parsed, output) =>
        {
            var folder = RunIntegrity.Open(parsed.GetRequiredValue(run));
            var report = Fidelity.Compare(folder, Profiles.Load(parsed.GetValue(profile)), parsed.GetValue(replications));
            var view = View(folder, report);
            output.Document(view);
            output.Line(view.Wording);
            output.Table("", ["figure", "measured", "predicted (simulated)", "least to greatest", "error"], view.Rows.Select(row => (IReadOnlyList<string>)
            [
                row.Name, row.Show(row.Measured), row.Show(row.Predicted), $"{row.Show(row.Low)} to {row.Show(row.High)}", row.RelativeError is { } error ? Show.Change(error) : "–",
            ]));
            return ExitCode.Done;
        });
    }

    public static FidelityView View(RunFolder folder, FidelityReport report) => new(
        folder.ReadManifest().Scenario,
        folder.ReadManifest().Device,
        report.ProfileRealCalls,
        report.RunRealCalls,
        report.Replications,
        report.CalibratedOnThisRun,
        [.. report.Lines.Select(line => new FidelityRow(line.Name, line.Name.Contains("share", StringComparison.Ordinal) ? "share" : "s", line.Recorded, line.Simulated, line.Low, line.High, line.Error))]);
}
