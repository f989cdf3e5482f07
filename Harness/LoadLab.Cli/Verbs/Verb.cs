using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Planning;

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

    public static Option<ulong?> Seed() => new("--seed")
    {
        Description = "replaces the scenario's seed",
        CustomParser = result => ulong.TryParse(Word(result), NumberStyles.None, CultureInfo.InvariantCulture, out var seed) ? seed : Refuse<ulong?>(result, "is not a whole number from 0", "42"),
    };

    public static Option<string> Root() => new("--out") { Description = "folder for run folders", DefaultValueFactory = _ => "runs" };

    /// <summary>A whole number within bounds.</summary>
    public static Option<int> Whole(string name, string description, int fallback, int min, int max) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => fallback,
        CustomParser = result => Within(result, min, max) ?? Refuse<int>(result, Bounds(min, max), Show(fallback)),
    };

    /// <summary>A whole number within bounds; null when absent.</summary>
    public static Option<int?> Whole(string name, string description, int min, int max) => new(name)
    {
        Description = description,
        CustomParser = result => Within(result, min, max) ?? Refuse<int?>(result, Bounds(min, max), Show(min)),
    };

    /// <summary>A whole number of 64 bits; null when absent.</summary>
    public static Option<long?> Whole64(string name, string description) => new(name)
    {
        Description = description,
        CustomParser = result => Quantity.Integer(Word(result)) ?? Refuse<long?>(result, "is not a whole number", "0"),
    };

    public static Option<double> Number(string name, string description, double fallback, Func<double, bool> accept, string what) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => fallback,
        CustomParser = result => Quantity.Number(Word(result)) is { } value && accept(value) ? value : Refuse<double>(result, $"is not {what}", Show(fallback)),
    };

    /// <summary>A duration above 0; null when absent.</summary>
    public static Option<Duration?> Time(string name, string description) => new(name)
    {
        Description = description,
        CustomParser = result => Quantity.Time(Word(result)) is { } time && time > Duration.Zero ? time : Refuse<Duration?>(result, "is not a duration above 0", "60s or 200ms"),
    };

    /// <summary>Seconds of GPU-time, above 0; null when absent.</summary>
    public static Option<double?> GpuTime(string name, string description) => new(name)
    {
        Description = description,
        CustomParser = result => Word(result).Split("gpu-") is [{ Length: > 0 } count, var unit] && Quantity.Time(count + unit) is { } time && time > Duration.Zero
            ? time.Seconds
            : Refuse<double?>(result, "is not a GPU-time above 0", "60gpu-min, 2gpu-h or 300gpu-s"),
    };

    /// <summary>A number of bytes; null when absent.</summary>
    public static Option<long?> Bytes(string name, string description) => new(name)
    {
        Description = description,
        CustomParser = result => Quantity.Bytes(Word(result)) ?? Refuse<long?>(result, "is not a number of bytes", "1GiB"),
    };

    /// <summary>One of some words; null when absent.</summary>
    public static Option<T?> Word<T>(string name, string description, IReadOnlyDictionary<string, T> words)
        where T : struct => new(name)
    {
        Description = description,
        CustomParser = result => words.TryGetValue(Word(result), out var value) ? value : Refuse<T?>(result, "is not known", string.Join(" or ", words.Keys)),
    };

    /// <summary>A width and height in pixels; null when absent.</summary>
    public static Option<(int Width, int Height)?> Size(string name, string description) => new(name)
    {
        Description = description,
        CustomParser = result => Quantity.Size(Word(result)) ?? Refuse<(int, int)?>(result, "is not a size", "1280x704"),
    };

    /// <summary>Done, or failed with the targets that were not met.</summary>
    public static int JudgeSlo(RunSummary summary, Output output)
    {
        if (summary.Slo.Met != false)
        {
            return ExitCode.Done;
        }

        output.Progress($"SLO not met: {string.Join(", ", summary.Slo.Targets.Where(target => !target.Met).Select(target => target.Name))}");
        return ExitCode.Failed;
    }

    public static InputException Bad(string field, string? value, string message, string fix) =>
        new(new Problem("command line", 0, field, value, message, fix));

    /// <summary>The path itself; a folder in its place is refused by name rather than by what the system says of reading one.</summary>
    public static string File(string path) =>
        Directory.Exists(path) ? throw new InputException(new Problem(path, 0, "", null, "is a folder", "give a file")) : path;

    /// <summary>A file of the Scenarios folder that is shipped beside the program.</summary>
    public static string Shipped(params string[] parts) => Path.Combine([AppContext.BaseDirectory, "Scenarios", .. parts]);

    private static int? Within(ArgumentResult result, int min, int max) =>
        Quantity.Integer(Word(result)) is { } value && value >= min && value <= max ? (int)value : null;

    private static string Bounds(int min, int max) => string.Create(CultureInfo.InvariantCulture, $"is not a whole number from {min} to {max}");

    private static string Show(double value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Word(ArgumentResult result) => result.Tokens is [var token] ? token.Value : "";

    private static T? Refuse<T>(ArgumentResult result, string message, string example)
    {
        result.AddError($"{(result.Parent as OptionResult)?.Option.Name} = \"{Word(result)}\" {message}; write for example {example}");
        return default;
    }
}
