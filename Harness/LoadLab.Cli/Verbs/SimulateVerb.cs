using System.CommandLine;
using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Engine.Guards;
using LoadLab.Fleet;
using LoadLab.Reports;
using LoadLab.Serving.Profiles;

namespace LoadLab.Cli.Verbs;

/// <summary>simulate SCENARIO --profile P: the scenario on the simulated fleet.</summary>
internal static class SimulateVerb
{
    public static Command Create()
    {
        var scenario = new Argument<string>("SCENARIO") { Description = "a scenario file; its target is replaced by the fleet" };
        var profile = Verb.Text("--profile", "service times: a file that calibrate wrote, or the name of a shipped profile");
        var seed = Verb.Seed();
        var root = Verb.Root();
        return new Command("simulate", "Plays a scenario on a simulated fleet under virtual time and writes a run folder.") { scenario, profile, seed, root }.Does((parsed, output) =>
        {
            var read = Scenario.Load(parsed.GetRequiredValue(scenario), parsed.GetValue(seed));
            var times = Profiles.Load(parsed.GetValue(profile)).AtSpeedOf(read);
            if (read.Target.Emulated is { Speed: not 1 and var speed })
            {
                output.Progress(Show.Inv($"note: every time of the profile is divided by {speed:0.###}, the target's speed"));
            }

            if (read.Guard with { Drain = new DrainOptions() } != new GuardOptions())
            {
                output.Progress("note: a guard stops live runs; a simulation plays the whole schedule");
            }

            var folder = Simulate(read, times, parsed.GetRequiredValue(root));
            RunReports.Write(folder, read.Slo, read.Price);
            var summary = RunCosts.Summary(folder, read.Slo);
            output.Document(summary);
            RunReports.Print(output, folder, summary);
            if (summary.Outcomes[Words.Of(Outcome.Completed)] == 0)
            {
                output.Progress("nothing completed");
                return ExitCode.Failed;
            }

            return Verb.JudgeSlo(summary, output);
        });
    }

    public static RunFolder Simulate(Scenario scenario, ServiceProfile profile, string root) => new SimulatedRun
    {
        Scenario = scenario.Name,
        ScenarioText = scenario.Text,
        Schedule = scenario.Schedule(),
        Profile = profile,
        Fleet = scenario.Fleet,
        Serving = scenario.Serving,
        Autoscaler = scenario.Autoscaler,
        Seed = scenario.Seed,
        Version = Host.Version,
        Machine = Host.Runtime,
    }.Write(root, TimeProvider.System).Folder;
}
