using LoadLab.Core;
using LoadLab.Core.Input;
using Calendar = LoadLab.Core.Calendar;

namespace LoadLab.Workload;

/// <summary>What shapes are bound for: the load they fill.</summary>
/// <param name="Calendar">For the shapes of a day or a week.</param>
/// <param name="Seed">Of the shapes that need chance; each has a stream of its own.</param>
/// <param name="Length">Seconds of the load.</param>
/// <param name="LatestStart">Seconds before which every shape must start.</param>
internal sealed record ShapeSpan(Calendar Calendar, Seed Seed, double Length, double LatestStart)
{
    /// <summary>Most pieces of one shape.</summary>
    public const int MaxPieces = 400_000;

    private const int MaxDays = 100_000;

    /// <summary>When a shape starts, 0 when absent; one that starts past the end is a mistake.</summary>
    public double At(Section shape, string field = "at") =>
        shape.Value(field, Quantity.Time, at => at.Seconds < LatestStart, "a duration below workload.duration", "20s")?.Seconds ?? 0;

    /// <summary>How long a shape lasts; to the end of the run when absent.</summary>
    public double For(Section shape, double at) =>
        shape.PositiveTime("for", WorkloadOptions.Longest)?.Seconds ?? (Length - at);

    /// <summary>Whether the days of the load can be held; a problem when not.</summary>
    public bool HoldsDays(Section shape, string field)
    {
        var days = Length * Calendar.Compress / Cycle.Day;
        return days <= MaxDays || Refuse(shape, field, $"repeats its day {days:0} times", $"lower calendar.compress or the duration: at most {MaxDays} days");
    }

    /// <summary>Whether this many pieces can be held; a problem when not.</summary>
    public static bool Holds(Section shape, string field, double pieces) =>
        pieces <= MaxPieces || Refuse(shape, field, $"makes {pieces:0} pieces of rate", $"shorten the load or make the shape slower: at most {MaxPieces}");

    private static bool Refuse(Section shape, string field, string message, string fix)
    {
        shape.Problems.Add(shape.Find(field) ?? shape.Node, shape.PathOf(field), null, message, fix);
        return false;
    }
}
