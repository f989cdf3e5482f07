using System.CommandLine;
using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Engine.Guards;
using LoadLab.Fleet;
using LoadLab.Planning;
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
        var replications = Verb.Whole("--replications", "how many times to play it, each with draws of its own; the first is the run of the scenario's seed", 1, 1, 100_000);
        var threads = Verb.Whole("--threads", "replications at a time; the result does not depend on it", Environment.ProcessorCount, 1, 1024);
        var rows = Verb.Word("--calls", "rows (default), or none: histograms in place of a row for every call, in memory that does not grow", new Dictionary<string, CallsKept> { ["rows"] = CallsKept.Rows, ["none"] = CallsKept.None });
        var seed = Verb.Seed();
        var root = Verb.Root();
        return new Command("simulate", "Plays a scenario on a simulated fleet under virtual time and writes a run folder.") { scenario, profile, replications, threads, rows, seed, root }.Does((parsed, output) =>
        {
            var read = Scenario.Load(parsed.GetRequiredValue(scenario), parsed.GetValue(seed));
            var times = Profiles.Load(parsed.GetValue(profile)).AtSpeedOf(read);
            Notes(read, output);
            var run = Simulated(read, times) with { KeepCalls = parsed.GetValue(rows) is not CallsKept.None };
            if (OverloadCheck.Note(run.Schedule, times, read.Fleet, read.Serving, read.Autoscaler) is { } overloaded)
            {
                output.Progress($"note: {overloaded}");
            }

            var (folder, first) = run.Write(parsed.GetRequiredValue(root), TimeProvider.System);
            var report = SimulatedReplications.Run(read, run, first, parsed.GetValue(replications), parsed.GetValue(threads));
            var summary = SummaryOf(read, run, folder, first) with { Replications = report, Gpus = first.Gpus, Broker = first.Broker };
            Write(read, run, folder, summary);
            output.Document(summary);
            RunReports.Print(output, folder, summary);
            GpuTable.Print(output, first);
            if (summary.Completed == 0)
            {
                output.Progress("nothing completed");
                return ExitCode.Failed;
            }

            return Verb.JudgeSlo(summary, output);
        });
    }

    private enum CallsKept
    {
        Rows,
        None,
    }

    /// <summary>One run with a row for every call.</summary>
    public static RunFolder Simulate(Scenario scenario, ServiceProfile profile, string root) => Simulated(scenario, profile).Write(root, TimeProvider.System).Folder;

    public static SimulatedRun Simulated(Scenario scenario, ServiceProfile profile) => new()
    {
        Scenario = scenario.Name,
        ScenarioText = scenario.Text,
        Schedule = scenario.Schedule(),
        Profile = profile,
        Fleet = scenario.Fleet,
        Serving = scenario.Serving,
        Autoscaler = scenario.Autoscaler,
        Seed = scenario.Seed,
        Bound = scenario.Slo.Bound,
        Version = Host.Version,
        Machine = Host.Runtime,
    };

    private static void Notes(Scenario scenario, Output output)
    {
        if (scenario.Target.Emulated is { Speed: not 1 and var speed })
        {
            output.Progress(Show.Inv($"note: every time of the profile is divided by {speed:0.###}, the target's speed"));
        }

        if (scenario.Guard with { Drain = new DrainOptions() } != new GuardOptions())
        {
            output.Progress("note: a guard stops live runs; a simulation plays the whole schedule");
        }
    }

    private static RunSummary SummaryOf(Scenario scenario, SimulatedRun run, RunFolder folder, SimulationResult result) => run.KeepCalls
        ? RunCosts.Summary(folder, scenario.Slo)
        : RunSummary.Of(folder.ReadManifest(), result.Tally, scenario.Slo, result.Usage, result.End);

    /// <summary>The page needs the rows; without them the figures alone are written.</summary>
    private static void Write(Scenario scenario, SimulatedRun run, RunFolder folder, RunSummary summary)
    {
        if (run.KeepCalls)
        {
            RunReports.Write(folder, scenario.Slo, scenario.Price, summary);
        }
        else
        {
            JsonDocuments.Write(folder.File(RunReports.DocumentName), new RunReports.RunDocument(summary, null));
        }
    }
}
