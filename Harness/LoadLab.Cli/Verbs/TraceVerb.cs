using System.CommandLine;
using LoadLab.Workload;

namespace LoadLab.Cli.Verbs;

/// <summary>trace inspect FILE: statistics of a trace.</summary>
internal static class TraceVerb
{
    public static Command Create() => new("trace", "Looks at recorded traffic.") { Inspect() };

    private static Command Inspect()
    {
        var file = new Argument<string>("FILE") { Description = "a trace: azure-llm, gentd26 or loadlab CSV, plain or gzip" };
        var format = Verb.Text("--format", "azure-llm, gentd26 or loadlab (default: told from the header)");
        return new Command("inspect", "Prints the statistics of a trace.") { file, format }.Does((parsed, output) =>
        {
            var trace = TraceReader.Read(Verb.File(parsed.GetRequiredValue(file)), Format(parsed.GetValue(format)));
            var inspection = TraceInspection.Of(trace);
            output.Document(inspection);
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

            return ExitCode.Done;
        });
    }

    private static TraceFormat? Format(string? word) => word is null
        ? null
        : TraceReader.FormatOf(word) ?? throw Verb.Bad("--format", word, "is not a known format", $"write {string.Join(" or ", Enum.GetValues<TraceFormat>().Select(Trace.WordOf))}");
}
