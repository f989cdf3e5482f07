using System.CommandLine;
using LoadLab.Core;
using LoadLab.Engine;
using LoadLab.Planning;

namespace LoadLab.Cli.Verbs;

/// <summary>run SCENARIO: plays it against its live target and writes a run folder; with --dry-run says what that would be.</summary>
internal static class RunVerb
{
    public static Command Create()
    {
        var scenario = new Argument<string>("SCENARIO") { Description = "a scenario file" };
        var seed = Verb.Seed();
        var root = Verb.Root();
        var rate = Verb.Number("--sample-rate", "samples per second of each counter", 20, value => value is > 0 and <= 500, "a number above 0 and at most 500");
        var gate = Verb.Time("--lateness-gate", "largest p99 lateness before the run fails (default 20ms)");
        var dry = new Option<bool>("--dry-run") { Description = "says what the run would send, cost and check; sends nothing and writes nothing" };
        var profile = Verb.Text("--profile", "with --dry-run: service times for the expected concurrency and spend; a file that calibrate wrote, or the name of a shipped profile");
        var backend = Backends.Option();
        var type = Backends.TypeOption();
        var engine = Engines.Option();
        return new Command("run", "Plays a scenario against its live target and writes a run folder.") { scenario, seed, root, rate, gate, dry, profile, backend, type, engine }.Does(async (parsed, output, stop) =>
        {
            var read = Scenario.Load(parsed.GetRequiredValue(scenario), parsed.GetValue(seed)).ForTarget();
            if (parsed.GetValue(dry))
            {
                return Tell(read, parsed.GetValue(profile), parsed.GetValue(gate), output);
            }

            if (parsed.GetValue(profile) is { } given)
            {
                throw Verb.Bad("--profile", given, "is for --dry-run", "add --dry-run, or leave it out");
            }

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

    private static int Tell(Scenario scenario, string? profile, Duration? gate, Output output)
    {
        var dry = DryRun.Of(scenario, profile is null ? null : Profiles.Load(profile), gate ?? PlayOptions.DefaultLatenessGate);
        output.Document(dry);
        dry.Print(output);
        return ExitCode.Done;
    }

    /// <summary>The exit code: the target's end first, then an interrupt, then what a threshold says.</summary>
    private static int Judge(LiveRunResult result, RunSummary summary, Output output)
    {
        var failed = summary.Quality.Where(check => !check.Passed).ToList();
        foreach (var check in failed)
        {
            output.Progress($"{(check.Fatal ? "failed" : "warning")}: {check.Name}: {check.Sentence}");
        }

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

        if (failed.Find(check => check.Fatal) is { } fatal)
        {
            output.Progress($"the latencies of this run are not to be trusted: {fatal.Name}");
            return ExitCode.Failed;
        }

        if (result.Summary.StopReason is { } reason)
        {
            output.Progress($"stopped by {reason}: {result.Summary.Saturation?.Sentence ?? "the schedule was not played to its end"}");
            return ExitCode.Failed;
        }

        return Verb.JudgeSlo(summary, output);
    }
}
