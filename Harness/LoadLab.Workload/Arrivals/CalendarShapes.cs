using LoadLab.Core;
using LoadLab.Core.Input;

namespace LoadLab.Workload;

/// <summary>Reads the shapes that follow the calendar: diurnal, profile and weekly.</summary>
internal sealed class CalendarShapes(ShapeSpan span)
{
    private const int MaxPoints = 10_080;

    private static readonly string[] s_days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

    public IReadOnlyList<RateSegment> Diurnal(Section shape)
    {
        var mean = shape.RequiredRate("mean");
        var peakToMean = shape.Number("peakToMean", 2, 1, 1000, "3");
        var trough = Trough(shape, mean, peakToMean);
        shape.Require("peakAt", "a time of day, for example 20:00");
        var peakAt = shape.TimeOfDaySeconds("peakAt") ?? 0;
        return span.HoldsDays(shape, "mean") ? Shapes.Diurnal(mean, peakToMean, peakAt, span.Calendar, span.Length, trough) : [];
    }

    /// <summary>Points of a day, or of a week when they name the day: Mon 08:00.</summary>
    public IReadOnlyList<RateSegment> Profile(Section shape)
    {
        var mean = shape.RequiredRate("mean");
        var points = Points(shape, "points", weekdays: true);
        var weekly = points.Any(point => point.Day >= 0);
        if (weekly && points.Any(point => point.Day < 0))
        {
            shape.Refuse("points", "name a weekday in some places only", "write Mon 08:00 in each of them, or 08:00 in each");
            return [];
        }

        var cycle = Through(shape, "points", weekly ? Cycle.Week : Cycle.Day, [.. points.Select(point => ((Math.Max(0, point.Day) * Cycle.Day) + point.Second, point.Rate))], Hold(shape));
        return cycle is not null && span.HoldsDays(shape, "mean") && ShapeSpan.Holds(shape, "points", points.Count * Periods(cycle)) ? cycle.Over(mean, span.Calendar, span.Length) : [];
    }

    /// <summary>A factor for each day from Monday, times the profile of a day; a flat day when absent.</summary>
    public IReadOnlyList<RateSegment> Weekly(Section shape)
    {
        var mean = shape.RequiredRate("mean");
        shape.Require("days", "seven factors from Monday, for example [1, 1, 1, 1, 1.2, 0.6, 0.5]");
        var factors = shape.Numbers("days", 7);
        var points = shape.Has("day") ? Points(shape, "day", weekdays: false) : [(-1, 0.0, 1.0)];
        var day = Through(shape, "day", Cycle.Day, [.. points.Select(point => (point.Second, point.Rate))], Hold(shape));
        if (day is null || factors is null || !span.HoldsDays(shape, "mean") || !ShapeSpan.Holds(shape, "day", (points.Count + 1) * Periods(day)))
        {
            return [];
        }

        var week = Cycle.Weekly(day, factors);
        if (week.Mean <= 0)
        {
            shape.Refuse("days", "are all zero", "give at least one day a factor above 0");
            return [];
        }

        return week.Over(mean, span.Calendar, span.Length);
    }

    private double Periods(Cycle cycle) => (span.Length * span.Calendar.Compress / cycle.Period) + 1;

    /// <summary>Lowest rate over the mean, from a rate or a ratio; null when neither is given.</summary>
    private static double? Trough(Section shape, double mean, double peakToMean)
    {
        if (shape.Has("trough"))
        {
            shape.Refuse("troughToMean", "stands beside trough", "keep one of them");
        }

        var field = shape.Has("trough") ? "trough" : "troughToMean";
        var ratio = shape.Has("trough") ? (mean > 0 ? shape.RequiredRate("trough") / mean : null)
            : shape.Value(field, Quantity.Number, _ => true, "a number", "0.2");
        var least = Shapes.LeastTrough(peakToMean);
        if (ratio is { } value && (value < least || value > 1 || (value == 1 && peakToMean > 1)))
        {
            var range = FormattableString.Invariant($"from {least:0.###} to below 1 times the mean");
            shape.Problems.Add(shape.Find(field)!, shape.PathOf(field), null, "does not go with this mean and peak", $"{range}: a deeper trough needs a higher peakToMean");
        }

        return ratio;
    }

    private static bool Hold(Section shape) => shape.Choice("between", false, ("linear", false), ("hold", true));

    private static Cycle? Through(Section shape, string field, double period, List<(double Second, double Rate)> points, bool hold)
    {
        var problem = points.Count is < 1 or > MaxPoints ? $"has {points.Count} points"
            : points.Zip(points.Skip(1)).Any(pair => pair.Second.Second <= pair.First.Second) ? "is not in order of time"
            : points.All(point => point.Rate <= 0) ? "asks for no load at all"
            : null;
        if (problem is null)
        {
            return Cycle.Through(period, points, hold);
        }

        shape.Problems.Add(shape.Find(field) ?? shape.Node, shape.PathOf(field), null, problem, $"write 1 to {MaxPoints} points in order: [ {{ at: 08:00, rate: 1 }}, {{ at: 20:00, rate: 3 }} ]");
        return null;
    }

    private static List<(int Day, double Second, double Rate)> Points(Section shape, string field, bool weekdays)
    {
        shape.Require(field, "a list of points, for example [ { at: 08:00, rate: 1 }, { at: 20:00, rate: 3 } ]");
        var points = new List<(int Day, double Second, double Rate)>();
        foreach (var (node, path) in shape.Items(field))
        {
            if (Section.Open(node, path, shape.Problems) is { } point)
            {
                point.Require("at", weekdays ? "a time of day, for example 08:00 or Mon 08:00" : "a time of day, for example 08:00");
                point.Require("rate", "a number, relative to the other points");
                var (day, second) = point.Value("at", text => Time(text, weekdays), _ => true, "a time of day", weekdays ? "08:00 or Mon 08:00" : "08:00") ?? (-1, 0);
                points.Add((day, second, point.Number("rate", 1, 0, 1e9, "3")));
                point.Close();
            }
        }

        return points;
    }

    /// <summary>Weekday from Monday (-1 when none is named) and second of the day.</summary>
    private static (int Day, double Second)? Time(string text, bool weekdays)
    {
        var day = -1;
        if (weekdays && text.Length > 4 && text[3] == ' ')
        {
            day = Array.FindIndex(s_days, name => text.StartsWith(name, StringComparison.OrdinalIgnoreCase));
            text = day < 0 ? "" : text[4..];
        }

        return Quantity.TimeOfDaySeconds(text) is { } second ? (day, second) : null;
    }
}
