using LoadLab.Core;
using Calendar = LoadLab.Core.Calendar;

namespace LoadLab.Workload;

/// <summary>
/// A load shape fitted to a public trace: a day, factors for the days of a week, flash crowds, slow random factors, and how calls are placed on the rate. All of its times
/// are the calendar's, so that a compressed calendar passes it faster. Its data stand in Scenarios/presets.
/// </summary>
public sealed record RatePreset
{
    public required string Name { get; init; }

    /// <summary>Whose trace it is fitted to.</summary>
    public required string Source { get; init; }

    /// <summary>What may be done with that trace, which is no part of the preset.</summary>
    public required string Licence { get; init; }

    /// <summary>Which part of the trace it is fitted to, and how that was read.</summary>
    public required string Fitted { get; init; }

    /// <summary>What of the trace it does not have.</summary>
    public required string Unmatched { get; init; }

    /// <summary>Mean rate of the trace itself, calls per second.</summary>
    public required double OwnRate { get; init; }

    /// <summary>Relative rates of a day.</summary>
    public required Cycle Day { get; init; }

    /// <summary>Factors of the days from Monday.</summary>
    public required IReadOnlyList<double> Week { get; init; }

    public DailyCrowds? Crowds { get; init; }

    public IReadOnlyList<RateModulation> Modulations { get; init; } = [];

    /// <summary>Calendar seconds between two corners of the drawn rate.</summary>
    public required double StepSeconds { get; init; }

    public required ArrivalProcess Process { get; init; }

    /// <summary>Draws the rate of a run: straight pieces between corners one step apart. Its expected mean over whole weeks is the given one.</summary>
    public IReadOnlyList<RateSegment> Rate(double mean, Calendar calendar, double length, Seed seed)
    {
        var steps = (int)Math.Ceiling(length * calendar.Compress / StepSeconds);
        var factor = new double[steps + 1];
        Array.Fill(factor, mean / ((Day.Mean + (Crowds?.Mean ?? 0)) * Week.Average()));
        for (var i = 0; i < Modulations.Count; i++)
        {
            Modulations[i].Apply(factor, StepSeconds, new RandomStream(seed.Derive("modulation").Derive(i)));
        }

        var crowd = Crowds?.Draw(calendar.SecondOfDay(Instant.Zero), steps, StepSeconds, seed.Stream("crowds")) ?? new double[steps + 1];
        return [.. BaseRate(calendar, length).SelectMany(piece => Split(piece, factor, crowd, Cycle.SecondOfWeek(calendar))).Select(piece => Compressed(piece, calendar))];
    }

    /// <summary>The day's pieces in calendar seconds from the first instant, without the week's factors.</summary>
    private IReadOnlyList<RateSegment> BaseRate(Calendar calendar, double length) =>
        Shapes.Cut(Day.Over(Day.Mean, calendar with { Compress = 1 }, length * calendar.Compress), length * calendar.Compress);

    /// <summary>Cuts a piece at the corners and midnights, and gives each part the rates that the random paths have at its ends.</summary>
    private IEnumerable<RateSegment> Split(RateSegment piece, double[] factor, double[] crowd, double secondOfWeek)
    {
        for (var start = piece.Start; start < piece.End;)
        {
            var corner = (Math.Floor((start / StepSeconds) + 1e-9) + 1) * StepSeconds;
            var midnight = ((Math.Floor(((start + secondOfWeek) / Cycle.Day) + 1e-12) + 1) * Cycle.Day) - secondOfWeek;
            var end = Math.Min(piece.End, Math.Min(corner, midnight));
            var day = Week[(int)(((start + end) / 2 / Cycle.Day) + (secondOfWeek / Cycle.Day)) % Week.Count];
            yield return new RateSegment(start, end, day * At(factor, start) * (piece.RateAt(start) + At(crowd, start)), day * At(factor, end) * (piece.RateAt(end) + At(crowd, end)));
            start = end;
        }
    }

    /// <summary>A path between its corners.</summary>
    private double At(double[] path, double second)
    {
        var i = Math.Clamp((int)(second / StepSeconds), 0, path.Length - 2);
        return path[i] + ((path[i + 1] - path[i]) * ((second / StepSeconds) - i));
    }

    private static RateSegment Compressed(RateSegment piece, Calendar calendar) =>
        piece with { Start = piece.Start / calendar.Compress, End = piece.End / calendar.Compress };
}
