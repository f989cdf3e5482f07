using System.Globalization;
using LoadLab.Core;
using LoadLab.Core.Input;

namespace LoadLab.Workload;

/// <summary>
/// Reads a list of NBomber load simulations by their public names and arguments, one after another from instant zero. The open ones become rates: <c>rate</c> copies an
/// interval, spread over it (where NBomber delays each copy by a random part of its interval). A ramp is the straight line itself, from the rate of the simulation before (0
/// at the start and after a pause); NBomber rounds it to whole copies at the start of each interval, which asks for half an interval's step fewer. The closed simulations are
/// refused with the <c>closed</c> load that means the same.
/// </summary>
internal static class NBomberSimulations
{
    private const double MaxCopies = 1e6;

    private static readonly string[] s_known = ["rampingInject", "inject", "injectRandom", "iterationsForInject", "pause", "rampingConstant", "keepConstant", "iterationsForConstant"];

    public static IReadOnlyList<RateSegment> Bind(Section item, Seed seed)
    {
        var pieces = new List<RateSegment>();
        var chance = new RandomStream(seed);
        var (at, previous) = (0.0, 0.0);
        var items = item.Items("nbomber");
        foreach (var (node, path) in items)
        {
            if (Section.Open(node, path, item.Problems) is { } simulation && Name(simulation, path) is { } name && simulation.Child(name) is { } fields)
            {
                var next = Simulation(name, fields, at, previous, chance, items.Count == 1);
                fields.Close();
                pieces.AddRange(next.Pieces);
                (at, previous) = (next.End, next.Rate);
            }
        }

        return pieces;
    }

    private static string? Name(Section simulation, string path)
    {
        var names = ((MappingNode)simulation.Node).Entries;
        Array.ForEach(s_known, known => simulation.Has(known));
        simulation.Close();
        if (names.Count == 1)
        {
            return s_known.Contains(names[0].Key) ? names[0].Key : null;
        }

        simulation.Problems.Add(simulation.Node, path, null, $"names {names.Count} simulations", "write each as its own list item: - inject: { rate: 10, interval: 1s, during: 30s }");
        return null;
    }

    /// <summary>The pieces of one simulation, when it ends, and the rate that a ramp after it starts from.</summary>
    private static (IReadOnlyList<RateSegment> Pieces, double End, double Rate) Simulation(string name, Section fields, double at, double previous, RandomStream chance, bool alone)
    {
        switch (name)
        {
            case "rampingInject":
                return Line(fields, at, previous, Copies(fields, "rate"));
            case "inject":
                return Line(fields, at, null, Copies(fields, "rate"));
            case "injectRandom":
                return Random(fields, at, chance);
            case "iterationsForInject":
                return Iterations(fields, at, alone);
            case "pause":
                return ([], at + During(fields), 0);
            default:
                Closed(name, fields);
                return ([], at, 0);
        }
    }

    private static (IReadOnlyList<RateSegment> Pieces, double End, double Rate) Line(Section fields, double at, double? from, double copies)
    {
        var during = During(fields);
        var rate = copies / Interval(fields, during);
        return (Shapes.Ramp(from ?? rate, rate, at, during), at + during, rate);
    }

    /// <summary>A whole number of copies for each interval, uniform from minRate up to maxRate, not included.</summary>
    private static (IReadOnlyList<RateSegment> Pieces, double End, double Rate) Random(Section fields, double at, RandomStream chance)
    {
        var (least, most) = ((int)Copies(fields, "minRate"), (int)Copies(fields, "maxRate"));
        var during = During(fields);
        var interval = Interval(fields, during);
        if (most <= least)
        {
            fields.Refuse("maxRate", "is not above minRate", "write minRate: 5, maxRate: 20");
            return ([], at + during, 0);
        }

        if (!ShapeSpan.Holds(fields, "interval", during / interval))
        {
            return ([], at + during, 0);
        }

        var pieces = new List<RateSegment>();
        var rate = 0.0;
        for (var number = 0L; number * interval < during; number++)
        {
            rate = (least + chance.NextInt(most - least)) / interval;
            pieces.Add(new RateSegment(at + (number * interval), Math.Min(at + ((number + 1) * interval), at + during), rate, rate));
        }

        return (pieces, at + during, rate);
    }

    private static (IReadOnlyList<RateSegment> Pieces, double End, double Rate) Iterations(Section fields, double at, bool alone)
    {
        if (!alone)
        {
            fields.Refuse("iterations", "of iterationsForInject stand beside other simulations", "let it stand alone, or write inject with during");
        }

        fields.Require("iterations", "how many copies in all, for example 100");
        var iterations = fields.Integer("iterations", 1, 1, WorkloadOptions.MaxCounted);
        var rate = Copies(fields, "rate") / Interval(fields, WorkloadOptions.Longest.Seconds);
        if (rate <= 0)
        {
            fields.Refuse("rate", "is 0, so that the iterations never come", "write a rate of at least 1");
            return ([], at, 0);
        }

        return (Shapes.Constant(rate, at, iterations / rate), at + (iterations / rate), rate);
    }

    private static void Closed(string name, Section fields)
    {
        var copies = (int)Copies(fields, "copies");
        var iterations = name == "iterationsForConstant" ? fields.Integer("iterations", 100, 1, WorkloadOptions.MaxCounted) : 0;
        if (name != "iterationsForConstant")
        {
            During(fields);
        }

        var closed = iterations > 0 ? string.Create(CultureInfo.InvariantCulture, $"closed: {{ users: {copies}, think: 0, calls: {iterations} }}")
            : string.Create(CultureInfo.InvariantCulture, $"duration, and closed: {{ users: {copies}, think: 0, calls: the most that may start }}");
        var more = name == "rampingConstant" ? "; a closed load here has one number of users throughout, so play one scenario a step of the ramp" : "";
        fields.Problems.Add(fields.Node, fields.PathOf("copies"), null, "makes a closed load, whose calls wait for answers", $"write in place of arrivals: {closed}{more}");
    }

    private static double Copies(Section fields, string field)
    {
        fields.Require(field, "a number of copies, for example 10");
        return fields.Value(field, Quantity.Number, value => value is >= 0 and <= MaxCopies, "a number of copies from 0 to 1000000", "10") ?? 0;
    }

    private static double During(Section fields)
    {
        fields.Require("during", "how long it lasts, for example 30s");
        return fields.Value("during", Quantity.Time, time => time.Seconds >= 1 && time <= WorkloadOptions.Longest, "a duration of at least 1s", "30s")?.Seconds ?? 1;
    }

    private static double Interval(Section fields, double during)
    {
        fields.Require("interval", "between two injections, for example 1s");
        return fields.Value("interval", Quantity.Time, time => time.Nanoseconds > 0 && time.Seconds <= during, "a duration above 0 and at most during", "1s")?.Seconds ?? 1;
    }
}
