using System.CommandLine;
using LoadLab.Core;
using LoadLab.Core.Input;

namespace LoadLab.Cli.Verbs;

/// <summary>What every verb shares: its output, and options read with the same strictness as a file.</summary>
internal static class Verb
{
    public static Command Does(this Command command, Func<ParseResult, Output, CancellationToken, Task<int>> action)
    {
        command.SetAction((parsed, stop) =>
            action(parsed, new Output(parsed.GetValue(CommandLine.JsonOption), Console.Out, Console.Error), stop));
        return command;
    }

    public static Command Does(this Command command, Func<ParseResult, Output, int> action) =>
        command.Does((parsed, output, _) => Task.FromResult(action(parsed, output)));

    public static Option<string?> Text(string name, string description) => new(name) { Description = description };

    /// <summary>A duration option; null when absent.</summary>
    public static Duration? Time(this ParseResult parsed, Option<string?> option) =>
        parsed.GetValue(option) is { } text ? Quantity.Time(text) ?? throw Bad(option.Name, text, "is not a duration", "write for example 60s or 200ms") : null;

    public static long? Bytes(this ParseResult parsed, Option<string?> option) =>
        parsed.GetValue(option) is { } text ? Quantity.Bytes(text) ?? throw Bad(option.Name, text, "is not a number of bytes", "write for example 1GiB") : null;

    public static InputException Bad(string field, string? value, string message, string fix) =>
        new(new Problem("command line", 0, field, value, message, fix));

    /// <summary>A file of the Scenarios folder that is shipped beside the program.</summary>
    public static string Shipped(params string[] parts) => Path.Combine([AppContext.BaseDirectory, "Scenarios", .. parts]);
}
