using System.CommandLine;
using System.Runtime.InteropServices;
using LoadLab.Cli.Verbs;
using LoadLab.Core.Input;
using LoadLab.Engine;

namespace LoadLab.Cli;

/// <summary>Composes the verbs, runs one, and turns what went wrong into one clear message and an exit code.</summary>
internal static class CommandLine
{
    public static readonly Option<bool> JsonOption = new("--json") { Description = "print one JSON document on stdout", Recursive = true };

    public static async Task<int> RunAsync(IReadOnlyList<string> args)
    {
        var parsed = Root().Parse(args);
        if (parsed.Errors.Count > 0 && !args.Any(arg => arg is "-h" or "--help" or "-?"))
        {
            foreach (var message in Messages(parsed))
            {
                await Console.Error.WriteLineAsync($"command line: {message}").ConfigureAwait(false);
            }

            await Console.Error.WriteLineAsync("see loadlab --help").ConfigureAwait(false);
            return ExitCode.BadInput;
        }

        using var stop = new CancellationTokenSource();
        using var interrupt = Signal(PosixSignal.SIGINT, parsed.GetValue(ServeVerb.Child) || parsed.GetValue(ServeVerb.Replica) is not null ? null : stop);
        using var terminate = Signal(PosixSignal.SIGTERM, stop);
        var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
        try
        {
            return await parsed.InvokeAsync(configuration, stop.Token).ConfigureAwait(false);
        }
        catch (InputException e)
        {
            foreach (var problem in e.Problems)
            {
                await Console.Error.WriteLineAsync(problem.ToString()).ConfigureAwait(false);
            }

            return ExitCode.BadInput;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What reads input says more; this is a folder or file that cannot be written.
            await Console.Error.WriteLineAsync($"files: {e.Message}").ConfigureAwait(false);
            return ExitCode.BadInput;
        }
        catch (TargetFailedException e)
        {
            await Console.Error.WriteLineAsync($"target: {e.Message}").ConfigureAwait(false);
            return ExitCode.TargetFailed;
        }
        catch (LoadEngineException e)
        {
            await Console.Error.WriteLineAsync($"engine: {e.Message}").ConfigureAwait(false);
            return ExitCode.Failed;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync("interrupted").ConfigureAwait(false);
            return ExitCode.Interrupted;
        }
    }

    private static RootCommand Root() => new("LoadLab: load simulation and capacity planning for text-to-video serving.")
    {
        JsonOption,
        DemoVerb.Create(),
        RunVerb.Create(),
        SimulateVerb.Create(),
        CalibrateVerb.Create(),
        ProfilesVerb.Create(),
        FidelityVerb.Create(),
        ForecastVerb.Create(),
        CostVerb.Create(),
        AbVerb.Create(),
        ClaimsVerb.Create(),
        TheoryVerb.Create(),
        ReplayVerb.Create(),
        ReportVerb.Create(),
        DeviceVerb.Create(),
        TraceVerb.Create(),
        ScheduleVerb.Create(),
        ServeVerb.Create(),
        VerifyVerb.Create(),
        ProbeVerb.Create(),
        DoctorVerb.Create(),
    };

    /// <summary>A word that is no verb also leaves the verb missing: one mistake, one line.</summary>
    private static IEnumerable<string> Messages(ParseResult parsed) =>
        parsed.UnmatchedTokens.Count > 0 && parsed.CommandResult.Command.Subcommands.Count > 0
            ? parsed.UnmatchedTokens.Take(1).Select(word => $"{word} is not a verb; write one of {Verbs(parsed)}")
            : parsed.CommandResult.Command.Subcommands.Count > 0
                ? [$"a verb is missing; write one of {Verbs(parsed)}"]
                : parsed.Errors.Select(error => error.Message).Distinct();

    private static string Verbs(ParseResult parsed) => string.Join(", ", parsed.CommandResult.Command.Subcommands.Select(verb => verb.Name));

    /// <summary>The first signal asks the verb to drain; the second ends the process at once (what was recorded is kept: rows are handed over as they end). Null: the signal is another's.</summary>
    private static PosixSignalRegistration Signal(PosixSignal signal, CancellationTokenSource? stop) =>
        PosixSignalRegistration.Create(signal, context =>
        {
            if (stop is not { IsCancellationRequested: true })
            {
                context.Cancel = true;
                stop?.Cancel();
            }
        });
}
