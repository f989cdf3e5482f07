using System.Globalization;
using LoadLab.Core;

namespace LoadLab.Workload;

/// <summary>Import traps: signs that times are in another unit than taken, too coarse to replay, or that data are missing.</summary>
internal static class TraceWarnings
{
    private const double ManyTies = 0.2;

    private static readonly Dictionary<TraceUnit, string> s_names = new()
    {
        [TraceUnit.Nanoseconds] = "nanoseconds",
        [TraceUnit.Microseconds] = "microseconds",
        [TraceUnit.Milliseconds] = "milliseconds",
        [TraceUnit.Seconds] = "seconds",
        [TraceUnit.Minutes] = "minutes",
        [TraceUnit.Timestamp] = "wall-clock times",
    };

    public static IEnumerable<string> Of(TraceInspection found, Trace trace)
    {
        foreach (var doubt in OfRate(found, trace))
        {
            yield return doubt;
        }

        if (found.Ties > ManyTies * found.Rows)
        {
            yield return Text($"{found.Ties / (double)found.Rows:0%} of the arrivals share their time with the one before (resolution {found.Resolution.Seconds:0.###} s): replayed as they are they come in clumps");
        }

        if (found.OutOfOrder > 0)
        {
            yield return Text($"{found.OutOfOrder} rows stood after a later one and were sorted in");
        }

        if (found.Malformed > 0)
        {
            yield return Text($"{found.Malformed} rows could not be read and were left out");
        }

        if (found.Gaps.Count > 0)
        {
            yield return Text($"{found.Gaps.Count} stretches of together {found.Gaps.Sum(gap => gap.Length.Seconds):0.###} s hold no data: a replay is silent there, the service was not");
        }

        if (trace.Origin is { } origin && origin.Rows != trace.Rows.Count)
        {
            yield return Text($"{Path.GetFileName(TraceOrigin.PathOf(trace.File))} tells of {origin.Rows} rows, the file holds {trace.Rows.Count}: one was changed after the other");
        }
    }

    private static IEnumerable<string> OfRate(TraceInspection found, Trace trace)
    {
        if (found.MeanRate is not { } rate)
        {
            yield return "all arrivals are at one instant";
        }
        // Told even where the rate itself could be: who replaced the unit knows, who mistook the file learns.
        else if (trace.Unit != trace.OwnUnit && trace.OwnUnit != TraceUnit.Timestamp && trace.Plausible.Contains(As(trace.OwnUnit, rate, trace.Unit)))
        {
            yield return Text($"the implied rate is {Told(rate)}: {found.Format} counts in {s_names[trace.OwnUnit]}, which makes {Told(As(trace.OwnUnit, rate, trace.Unit))}; leave out unit: {found.Unit}");
        }
        else if (trace is { Synthetic: false, Unit: not TraceUnit.Timestamp } && !trace.Plausible.Contains(rate))
        {
            yield return Text($"the implied rate is {Told(rate)}: {Guess(rate, trace)}");
        }
    }

    /// <summary>The nearest unit under which the rate would be believable.</summary>
    private static string Guess(double rate, Trace trace)
    {
        var slow = rate < trace.Plausible.Lowest;
        var others = Enum.GetValues<TraceUnit>().Where(unit => unit != TraceUnit.Timestamp && (slow ? unit < trace.Unit : unit > trace.Unit));
        foreach (var unit in slow ? others.Reverse() : others)
        {
            if (trace.Plausible.Contains(As(unit, rate, trace.Unit)))
            {
                return Text($"is the time column in {(slow ? "" : "a longer unit than taken, ")}{s_names[unit]}? that makes {Told(As(unit, rate, trace.Unit))}; say unit: {TraceUnits.WordOf(unit)}");
            }
        }

        return slow ? "is it of one service?" : "is the time column in a longer unit than taken?";
    }

    private static double As(TraceUnit unit, double rate, TraceUnit taken) => rate * TraceUnits.Nanoseconds(taken) / TraceUnits.Nanoseconds(unit);

    private static string Told(double rate) => rate >= 1 ? Text($"{rate:0.##}/s") : rate >= 0.01 ? Text($"{rate:0.###}/s") : Text($"{rate * 86400:0.##} a day");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
