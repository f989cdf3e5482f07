using System.CommandLine;
using LoadLab.Core;
using LoadLab.Engine;
using LoadLab.Planning;

namespace LoadLab.Cli.Verbs;

/// <summary>run SCENARIO: plays it against its live target and writes a run folder.</summary>
internal static class RunVerb
{
    public static Command Create()
    {
        var scenario = new Argument<string>("SCENARIO") { Description = "a scenario file" };
        var seed = Verb.Seed();
        var root = Verb.Root();
        var rate = Verb.Number("--sample-rate", "samples per second of each counter", 20, value => value is > 0 and <= 500, "a number above 0 and at most 500");
        var gate = Verb.Time("--lateness-gate", "largest p99 lateness before the run fails (default 20ms)");
        var backend = Backends.Option();
        var type = Backends.TypeOption();
        var engine = Engines.Option();
        return new Command("run", "Plays a scenario against its live target and writes a run folder.") { scenario, seed, root, rate, gate, backend, type, engine }.Does(async (parsed, output, stop) =>
        {
            var read = Scenario.Load(parsed.GetRequiredValue(scenario), parsed.GetValue(seed));
            var options = new LiveRunOptions
            {
                Root = parsed.GetRequiredValue(root), SampleRateHz = parsed.GetValue(rate), LatenessGate = parsed.GetValue(gate) ?? PlayOptions.DefaultLatenessGate,
                Backend = BackendChoice.Parse(parsed.GetValue(backend)), WeightType = Backends.ParseType(parsed.GetValue(type)),
                Engine = parsed.GetValue(engine) ?? EngineChoice.Own,
            };
            Engines.RequireBuilt(options.Engine);
            Backends.RequireBuilt(options.Backend, options.WeightType);
            var result = await LiveRun.PlayAsync(read, options, output, stop).ConfigureAwait(false);
            RunReports.Write(result.Folder, read.Slo, read.Price);
            var summary = RunCosts.Summary(result.Folder, read.Slo);
            output.Document(summary);
            RunReports.Print(output, result.Folder, summary);
            return Judge(result, summary, output);
        });
    }

    /// <summary>The exit code: the target's end first, then an interrupt, then what a threshold says.</summary>
    private static int Judge(LiveRunResult result, RunSummary summary, Output output)
    {
        if (result.TargetEnded is { } ended)
        {
            output.Progress(ended);
            return ExitCode.TargetFailed;
        }

        if (result.Summary.StopReason == "interrupted")
        {
            return ExitCode.Interrupted;
        }

        if (result.Summary.Count(Outcome.Completed) == 0)
        {
            output.Progress("nothing completed");
            return ExitCode.Failed;
        }

        if (!result.Summary.Quality.LatenessPassed)
        {
            output.Progress("the run was late: its p99 lateness is past the gate");
            return ExitCode.Failed;
        }

        if (result.Summary.StopReason is { } reason)
        {
            output.Progress($"stopped by {reason}: the schedule was not played to its end");
            return ExitCode.Failed;
        }

        return Verb.JudgeSlo(summary, output);
    }
}
