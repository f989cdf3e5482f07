using LoadLab.Core;
using LoadLab.Core.Input;

namespace LoadLab.Workload;

/// <summary>
/// Which columns of any CSV or JSONL file hold what: <c>arrival=Timestamp,unit=ms,width=w</c>. With <c>count</c> a row is a window with so many arrivals, which are spread over it.
/// A column of a file without a header is called by its number: #1.
/// </summary>
public sealed record TraceColumnMap
{
    private const long MaxCount = 1_000_000_000;
    private static readonly string[] s_fields = ["width", "height", "size", "frames", "steps", "guidance", "quality", "tier", "tenant", "model", "prompt", "seed", "count"];

    /// <summary>Column with the arrival, or with the start of a window.</summary>
    public required string Arrival { get; init; }

    public required TraceUnit Unit { get; init; }

    /// <summary>Length of a window of counts; null when the smallest step between windows tells.</summary>
    public Duration? Step { get; init; }

    /// <summary>Columns of the other fields, by field: width, height, size, frames, steps, guidance, quality, tier, tenant, model, prompt, seed, count.</summary>
    public IReadOnlyDictionary<string, string> Columns { get; init; } = new Dictionary<string, string>();

    /// <summary>Reads <c>field=column</c> pairs divided by commas.</summary>
    /// <exception cref="InputException">The text is not of that form, or misses arrival or unit.</exception>
    public static TraceColumnMap Parse(string text, string field)
    {
        var problems = new Problems();
        var entries = new List<MappingEntry>();
        foreach (var part in text.Split(','))
        {
            if (part.Split('=', 2) is not [{ Length: > 0 } name, { Length: > 0 } column] || entries.Any(entry => entry.Key == name))
            {
                throw new InputException(new Problem("command line", 0, field, text, "is not a list of field=column, each field once", "write for example arrival=Timestamp,unit=ms"));
            }

            entries.Add(new MappingEntry(name, 0, new ScalarNode("command line", 0, column)));
        }

        var map = Bind(Section.Open(new MappingNode("command line", 0, entries), field, problems)!);
        problems.ThrowIfAny();
        return map!;
    }

    /// <summary>Null with a problem when it cannot be used.</summary>
    internal static TraceColumnMap? Bind(Section section)
    {
        var before = section.Problems.All.Count;
        var arrival = section.RequiredText("arrival");
        section.Require("unit", "what it counts in: s, ms, us, ns, min or timestamp");
        var unit = section.Choice("unit", TraceUnit.Seconds, [.. TraceUnits.All]);
        var columns = s_fields.Where(section.Has).ToDictionary(name => name, name => section.Text(name) ?? "", StringComparer.Ordinal);
        var step = section.PositiveTime("step", WorkloadOptions.Longest);
        section.Close();
        return section.Problems.All.Count > before ? null : new TraceColumnMap { Arrival = arrival, Unit = unit, Columns = columns, Step = step };
    }

    internal TraceLayout Open(string path, TraceFields first)
    {
        var missing = Columns.Values.Prepend(Arrival).Where(column => first.Syntax is DelimitedLines && !first.Has(column)).ToList();
        if (missing.Count > 0)
        {
            throw new InputException([.. missing.Select(column => new Problem(path, 1, "", column, "is not a column of this file", $"it has {string.Join(", ", first.Names.Take(30))}"))]);
        }

        var layout = new TraceLayout(TraceFormat.Columns, Arrival, Unit);
        return Columns.ContainsKey("count") ? layout with { Rate = Count, WindowNs = Step?.Nanoseconds }
            : Columns.Count > 0 ? layout with { Job = Job }
            : layout;
    }

    private string Column(string field) => Columns.GetValueOrDefault(field, "");

    private TraceRate Count(TraceFields row)
    {
        var count = row.Required(Column("count"), row.Number(Column("count")));
        if (count is < 0 or > MaxCount)
        {
            row.Refuse($"is no count from 0 to {MaxCount}");
        }

        return new TraceRate { Count = count, Client = row.Word(Column("tenant")) };
    }

    private TraceJob Job(TraceFields row)
    {
        var size = row.Size(Column("size"));
        return new TraceJob
        {
            Width = size?.Width ?? row.Whole(Column("width")),
            Height = size?.Height ?? row.Whole(Column("height")),
            Frames = row.Whole(Column("frames")),
            Steps = row.Whole(Column("steps")),
            Guidance = row.Number(Column("guidance")),
            Quality = row.Word(Column("quality")),
            Tier = row.Word(Column("tier")),
            Tenant = row.Word(Column("tenant")),
            Model = row.Word(Column("model")),
            Prompt = row.Prompt(Column("prompt")),
            CallSeed = row.Long(Column("seed")),
        };
    }
}
