using LoadLab.Core;
using LoadLab.Core.Input;

namespace LoadLab.Workload;

/// <summary>Reads <c>workload.arrivals</c>: a list of shapes, each a mapping of one name to its fields.</summary>
/// <param name="calendar">For the shapes of a day.</param>
/// <param name="length">Seconds of the load.</param>
/// <param name="latestStart">Seconds before which every shape must start.</param>
internal sealed class ShapeBinder(Calendar calendar, double length, double latestStart)
{
    private const int MaxDays = 100_000;

    private static readonly string[] s_known = ["constant", "ramp", "steps", "diurnal", "burst", "coldStart"];

    private static readonly HashSet<string> s_later = new(StringComparer.Ordinal) { "weekly", "flashCrowd", "spikeTrain", "mmpp" };

    public IReadOnlyList<IReadOnlyList<RateSegment>> Bind(Section workload)
    {
        var shapes = new List<IReadOnlyList<RateSegment>>();
        foreach (var (node, path) in workload.Items("arrivals"))
        {
            if (Section.Open(node, path, workload.Problems) is { } item && Name(item, path) is { } name)
            {
                var before = item.Problems.All.Count;
                var pieces = name == "steps" ? Steps(item) : Shape(name, item);
                if (item.Problems.All.Count == before)
                {
                    shapes.Add(pieces);
                }
            }
        }

        return shapes;
    }

    /// <summary>The shape that a list item names; null with a problem when it names none, several, or one that does not exist.</summary>
    private static string? Name(Section item, string path)
    {
        var names = ((MappingNode)item.Node).Entries;
        if (names.Count != 1)
        {
            item.Problems.Add(item.Node, path, null, $"names {names.Count} shapes", "write each shape as its own list item with its fields indented under its name: - burst: { at: 20s, rate: 4/s, for: 5s }");
            return null;
        }

        var name = names[0].Key;
        if (s_later.Contains(name))
        {
            item.Refuse(name, "is not supported by this version", $"write one of {string.Join(", ", s_known)}");
            return null;
        }

        // Asking for each makes it a candidate for "did you mean".
        Array.ForEach(s_known, known => item.Has(known));
        item.Close();
        return s_known.Contains(name) ? name : null;
    }

    private IReadOnlyList<RateSegment> Shape(string name, Section item)
    {
        if (item.Child(name) is not { } shape)
        {
            return [];
        }

        var pieces = name switch
        {
            "constant" => Plateau(shape, At(shape, "at")),
            "burst" => Burst(shape),
            "coldStart" => ColdStart(shape),
            "ramp" => Ramp(shape, At(shape, "at")),
            _ => Diurnal(shape),
        };
        shape.Close();
        return pieces;
    }

    private IReadOnlyList<RateSegment> Plateau(Section shape, double at) => Shapes.Constant(shape.RequiredRate("rate"), at, For(shape, at));

    private IReadOnlyList<RateSegment> Ramp(Section shape, double at) =>
        Shapes.Ramp(shape.RequiredRate("from"), shape.RequiredRate("to"), at, For(shape, at));

    private IReadOnlyList<RateSegment> Burst(Section shape)
    {
        shape.Require("at", "when it starts, for example 20s");
        shape.Require("for", "how long it lasts, for example 5s");
        return Plateau(shape, At(shape, "at"));
    }

    private IReadOnlyList<RateSegment> ColdStart(Section shape)
    {
        shape.Require("silence", "how long no call comes, for example 30s");
        return Plateau(shape, At(shape, "silence"));
    }

    private IReadOnlyList<RateSegment> Diurnal(Section shape)
    {
        var mean = shape.RequiredRate("mean");
        var peakToMean = shape.Number("peakToMean", 2, 1, 1000, "3");
        shape.Require("peakAt", "a time of day, for example 20:00");
        var peakAt = shape.TimeOfDaySeconds("peakAt") ?? 0;
        var days = length * calendar.Compress / 86400;
        if (days <= MaxDays)
        {
            return Shapes.Diurnal(mean, peakToMean, peakAt, calendar, length);
        }

        shape.Problems.Add(shape.Node, shape.PathOf("mean"), null, $"repeats its day {days:0} times", $"lower calendar.compress or the duration: at most {MaxDays} days");
        return [];
    }

    private static IReadOnlyList<RateSegment> Steps(Section item)
    {
        var steps = new List<(double Rate, double Seconds)>();
        foreach (var (node, path) in item.Items("steps"))
        {
            if (Section.Open(node, path, item.Problems) is { } step)
            {
                steps.Add((step.RequiredRate("rate"), step.RequiredSeconds("for") ?? 0));
                step.Close();
            }
        }

        return Shapes.Steps(0, steps);
    }

    /// <summary>When a shape starts, 0 when absent; one that starts past the end is a mistake.</summary>
    private double At(Section shape, string field) =>
        shape.Value(field, Quantity.Time, at => at.Seconds < latestStart, "a duration below workload.duration", "20s")?.Seconds ?? 0;

    /// <summary>How long a shape lasts; to the end of the run when absent.</summary>
    private double For(Section shape, double at) =>
        shape.PositiveTime("for", WorkloadOptions.Longest)?.Seconds ?? (length - at);
}
