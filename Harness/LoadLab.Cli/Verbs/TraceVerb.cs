using System.CommandLine;
using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Workload;

namespace LoadLab.Cli.Verbs;

/// <summary>trace inspect FILE: statistics of a trace. trace import FILE -o OUT: a peer's format to LoadLab's.</summary>
internal static class TraceVerb
{
    public static Command Create() => new("trace", "Looks at recorded traffic, and takes it over from other tools.") { Inspect(), Import() };

    private static Command Inspect()
    {
        var reading = new ReadingOptions();
        return reading.AddTo(new Command("inspect", "Prints the statistics of a trace.")).Does((parsed, output) =>
        {
            var inspection = TraceInspection.Of(reading.Read(parsed));
            output.Document(inspection);
            Print(output, inspection);
            return ExitCode.Done;
        });
    }

    private static Command Import()
    {
        var reading = new ReadingOptions();
        var to = new Option<string>("--out", "-o") { Description = "file to write, gzip when it ends in .gz; where it comes from is written beside it, to its name and .json", Required = true };
        var source = Verb.Text("--source", "where the trace was published, to be kept with it");
        var licence = Verb.Text("--licence", "under which terms, to be kept with it");
        var command = reading.AddTo(new Command("import", "Rewrites a trace of any known format in LoadLab's own."));
        command.Add(to);
        command.Add(source);
        command.Add(licence);
        return command.Does((parsed, output) =>
        {
            var path = Verb.File(parsed.GetRequiredValue(to));
            var trace = reading.Read(parsed);
            var inspection = TraceInspection.Of(trace);
            TraceWriter.Write(path, trace, TraceOrigin.Of(trace, parsed.GetValue(source), parsed.GetValue(licence)));
            output.Document(new ImportDocument(path, TraceOrigin.PathOf(path), inspection));
            Print(output, inspection);
            output.Line($"wrote {path} ({trace.Rows.Count} arrivals) and {TraceOrigin.PathOf(path)}");
            return ExitCode.Done;
        });
    }

    private static void Print(Output output, TraceInspection inspection)
    {
        output.Line(inspection.File);
        output.Table("", ["figure", "value"], inspection.Describe().Select(line => (IReadOnlyList<string>)[line.Name, line.Value]));
        foreach (var example in inspection.MalformedExamples)
        {
            output.Line($"malformed: {example}");
        }

        foreach (var warning in inspection.Warnings)
        {
            output.Line($"warning: {warning}");
        }
    }

    /// <summary>What trace import did.</summary>
    /// <param name="Path">The trace that was written.</param>
    /// <param name="Origin">The document beside it.</param>
    /// <param name="Trace">What it holds.</param>
    internal sealed record ImportDocument(string Path, string Origin, TraceInspection Trace);

    /// <summary>How a trace is to be read, by the command line.</summary>
    private sealed class ReadingOptions
    {
        private readonly Argument<string> _file = new("FILE") { Description = "a trace, plain or gzip" };
        private readonly Option<string?> _format = Verb.Text("--format", $"{string.Join(", ", TraceReader.Formats.Select(format => format.Word))} (default: told from the first line)");
        private readonly Option<string?> _map = Verb.Text("--map", "columns of any CSV or JSONL in place of a format: arrival=Timestamp,unit=ms,width=w; with count=COLUMN a row is a window of so many arrivals");
        private readonly Option<string?> _unit = Verb.Text("--unit", $"what the times count in, in place of the format's own: {string.Join(", ", TraceUnits.All.Select(unit => unit.Word))}");
        private readonly Option<string?> _window = Verb.Text("--window", "part of the trace, 0..10m; times are then counted from its start");
        private readonly Option<double> _rateScale = Verb.Number("--rate-scale", "share of the arrivals to keep; multiplies the rates of a trace of rates", 1, scale => scale is > 0 and <= 1, "a share above 0 and at most 1");
        private readonly Option<double> _maxMalformed = Verb.Number("--max-malformed", "share of damaged rows above which the trace is refused", TraceReading.DefaultMalformedShare, share => share is >= 0 and <= 1, "a share from 0 to 1");
        private readonly Option<ulong?> _seed = Verb.Seed();

        public Command AddTo(Command command)
        {
            command.Add(_file);
            foreach (var option in new Option[] { _format, _map, _unit, _window, _rateScale, _maxMalformed, _seed })
            {
                command.Add(option);
            }

            return command;
        }

        public Trace Read(ParseResult parsed)
        {
            var reading = new TraceReading
            {
                Format = Format(parsed.GetValue(_format), parsed.GetValue(_map)),
                Columns = parsed.GetValue(_map) is { } map ? TraceColumnMap.Parse(map, "--map") : null,
                Unit = Unit(parsed.GetValue(_unit), parsed.GetValue(_map)),
                MaxMalformedShare = parsed.GetValue(_maxMalformed),
            };
            var window = Window(parsed.GetValue(_window));
            return TraceReader.Read(Verb.File(parsed.GetRequiredValue(_file)), reading).Cut(window, parsed.GetValue(_rateScale), new Seed(parsed.GetValue(_seed) ?? 0));
        }

        private static TraceFormat? Format(string? word, string? map) => word is null ? null
            : map is not null ? throw Verb.Bad("--format", word, "stands beside --map, which says it all", "keep one of them")
            : TraceReader.FormatOf(word) ?? throw Verb.Bad("--format", word, "is not a known format", $"write {string.Join(" or ", TraceReader.Formats.Select(format => format.Word))}");

        private static TraceUnit? Unit(string? word, string? map) => word is null ? null
            : map is not null ? throw Verb.Bad("--unit", word, "stands beside --map, which has a unit of its own", "keep that one")
            : TraceUnits.Of(word) ?? throw Verb.Bad("--unit", word, "is not a known unit", $"write {string.Join(" or ", TraceUnits.All.Select(unit => unit.Word))}");

        private static (Duration From, Duration To)? Window(string? text) => text is null ? null
            : TraceReplay.ParseWindow(text) ?? throw Verb.Bad("--window", text, "is not a window", "write for example 0..10m");
    }
}
