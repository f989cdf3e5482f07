using LoadLab.Core;
using LoadLab.Core.Input;

namespace LoadLab.Workload;

/// <summary>Reads <c>arrivals</c>: a list of shapes, each a mapping of one name to its fields.</summary>
/// <param name="span">What they fill.</param>
/// <param name="most">Pieces that all of them together may have.</param>
internal sealed class ShapeBinder(ShapeSpan span, int most)
{
    /// <summary>The shapes by name.</summary>
    internal static readonly string[] Known = ["constant", "ramp", "steps", "diurnal", "profile", "weekly", "burst", "flashCrowd", "spikeTrain", "coldStart", "mmpp", "nbomber", "preset"];

    private readonly CalendarShapes _calendar = new(span);

    /// <summary>The arrival process that a preset brings; null without one.</summary>
    public ArrivalProcess? Process { get; private set; }

    /// <summary>Pieces of all shapes together.</summary>
    public int Pieces { get; private set; }

    public IReadOnlyList<IReadOnlyList<RateSegment>> Bind(Section load)
    {
        var shapes = new List<IReadOnlyList<RateSegment>>();
        foreach (var (node, path) in load.Items("arrivals").TakeWhile(_ => Pieces <= most))
        {
            if (Section.Open(node, path, load.Problems) is { } item && Name(item, path) is { } name)
            {
                var before = item.Problems.All.Count;
                var pieces = Shape(name, item, shapes.Count);
                Pieces += pieces.Count;
                if (Pieces > most)
                {
                    item.Refuse(name, $"brings the shapes of this load to more than {ShapeSpan.MaxPieces} pieces of rate", "shorten the load, or leave shapes out");
                }

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

        // Asking for each makes it a candidate for "did you mean".
        Array.ForEach(Known, known => item.Has(known));
        item.Close();
        return Known.Contains(names[0].Key) ? names[0].Key : null;
    }

    private IReadOnlyList<RateSegment> Shape(string name, Section item, int number)
    {
        if (name is "steps")
        {
            return Steps(item);
        }

        if (name is "nbomber")
        {
            return NBomberSimulations.Bind(item, span.Seed.Derive("nbomber").Derive(number));
        }

        if (item.Child(name) is not { } shape)
        {
            return [];
        }

        var pieces = Fields(name, shape, number);
        shape.Close();
        return pieces;
    }

    private IReadOnlyList<RateSegment> Fields(string name, Section shape, int number) => name switch
    {
        "constant" => Plateau(shape, span.At(shape)),
        "burst" => Burst(shape),
        "coldStart" => ColdStart(shape),
        "ramp" => Ramp(shape, span.At(shape)),
        "flashCrowd" => FlashCrowd(shape),
        "spikeTrain" => SpikeTrain(shape, number),
        "mmpp" => Mmpp(shape, number),
        "diurnal" => _calendar.Diurnal(shape),
        "profile" => _calendar.Profile(shape),
        "weekly" => _calendar.Weekly(shape),
        _ => Preset(shape, number),
    };

    private IReadOnlyList<RateSegment> Plateau(Section shape, double at) => Shapes.Constant(shape.RequiredRate("rate"), at, span.For(shape, at));

    private IReadOnlyList<RateSegment> Ramp(Section shape, double at) =>
        Shapes.Ramp(shape.RequiredRate("from"), shape.RequiredRate("to"), at, span.For(shape, at));

    private IReadOnlyList<RateSegment> Burst(Section shape)
    {
        shape.Require("at", "when it starts, for example 20s");
        shape.Require("for", "how long it lasts, for example 5s");
        return Plateau(shape, span.At(shape));
    }

    private IReadOnlyList<RateSegment> ColdStart(Section shape)
    {
        shape.Require("silence", "how long no call comes, for example 30s");
        return Plateau(shape, span.At(shape, "silence"));
    }

    private IReadOnlyList<RateSegment> FlashCrowd(Section shape)
    {
        shape.Require("at", "when it starts to rise, for example 20s");
        var rise = shape.RequiredSeconds("rise") ?? 0;
        var peak = shape.RequiredRate("peak");
        shape.Require("halfLife", "how long the rate takes to halve, for example 10s");
        var halfLife = shape.PositiveTime("halfLife", WorkloadOptions.Longest)?.Seconds ?? 1;
        return Shapes.FlashCrowd(span.At(shape), rise, peak, shape.Time("hold")?.Seconds ?? 0, halfLife);
    }

    private IReadOnlyList<RateSegment> SpikeTrain(Section shape, int number)
    {
        foreach (var (field, example) in new[] { ("period", "60s"), ("width", "2s") })
        {
            shape.Require(field, $"a duration, for example {example}");
        }

        var period = shape.PositiveTime("period", WorkloadOptions.Longest)?.Seconds ?? 60;
        var width = shape.PositiveTime("width", WorkloadOptions.Longest)?.Seconds ?? 0;
        var height = shape.RequiredRate("height");
        var jitter = shape.Time("jitter")?.Seconds ?? 0;
        var at = span.At(shape);
        var end = Math.Min(span.Length, at + span.For(shape, at));
        if (width + jitter > period)
        {
            shape.Problems.Add(shape.Find("period") ?? shape.Node, shape.PathOf("period"), null, "is shorter than width and jitter together, so that spikes could meet", "make it longer, or the spikes narrower");
            return [];
        }

        return ShapeSpan.Holds(shape, "period", (end - at) / period)
            ? Shapes.SpikeTrain(height, at, end, period, width, jitter, new RandomStream(span.Seed.Derive("spike-train").Derive(number)))
            : [];
    }

    private IReadOnlyList<RateSegment> Mmpp(Section shape, int number)
    {
        var states = new List<(double Rate, double HoldSeconds)>();
        foreach (var (node, path) in shape.Items("states"))
        {
            if (Section.Open(node, path, shape.Problems) is { } state)
            {
                state.Require("hold", "its mean holding time, for example 60s");
                states.Add((state.RequiredRate("rate"), state.PositiveTime("hold", WorkloadOptions.Longest)?.Seconds ?? 1));
                state.Close();
            }
        }

        var at = span.At(shape);
        var end = Math.Min(span.Length, at + span.For(shape, at));
        if (states.Count < 2)
        {
            shape.Problems.Add(shape.Find("states") ?? shape.Node, shape.PathOf("states"), null, $"has {states.Count} states", "write at least two: states: [ { rate: 0.2/s, hold: 60s }, { rate: 4/s, hold: 5s } ]");
            return [];
        }

        return ShapeSpan.Holds(shape, "states", (end - at) / states.Average(state => state.HoldSeconds))
            ? Shapes.Mmpp(states, at, end, new RandomStream(span.Seed.Derive("mmpp").Derive(number)))
            : [];
    }

    private IReadOnlyList<RateSegment> Preset(Section shape, int number)
    {
        var mean = shape.RequiredRate("mean");
        shape.Require("name", $"one of {string.Join(", ", PresetLibrary.Names)}");
        var choices = PresetLibrary.Names.Select(name => (name, (string?)name)).ToArray();
        if (shape.Choice<string?>("name", null, choices) is not { } name)
        {
            return [];
        }

        var preset = PresetLibrary.Get(name);
        if (Process is not null && Process != preset.Process)
        {
            shape.Refuse("name", "brings another arrival process than the preset before it", "give each preset its own source: merge: [ { arrivals: [ preset ] }, { arrivals: [ preset ] } ]");
        }

        Process = preset.Process;
        return ShapeSpan.Holds(shape, "name", span.Length * span.Calendar.Compress / preset.StepSeconds)
            ? preset.Rate(mean, span.Calendar, span.Length, span.Seed.Derive("preset").Derive(number))
            : [];
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
}
