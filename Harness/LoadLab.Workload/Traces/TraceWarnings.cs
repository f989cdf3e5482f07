using System.Globalization;
using LoadLab.Core;

namespace LoadLab.Workload;

/// <summary>Import traps: signs that times are in another unit than taken, or too coarse to replay.</summary>
internal static class TraceWarnings
{
    /// <summary>Beyond any single service one would replay: milliseconds or nanoseconds were probably read as something longer, or seconds as milliseconds.</summary>
    private const double AbsurdlyHigh = 20_000;

    /// <summary>One arrival in two hours.</summary>
    private const double AbsurdlyLow = 1 / 7200.0;

    private const double ManyTies = 0.2;

    public static IEnumerable<string> Of(TraceInspection trace)
    {
        if (trace.MeanRate is not { } rate)
        {
            yield return "all arrivals are at one instant";
        }
        else if (rate > AbsurdlyHigh)
        {
            yield return Text($"the implied rate is {rate:0}/s: is the time column in a longer unit than taken? timeScale: 1000 stretches it");
        }
        else if (rate < AbsurdlyLow)
        {
            yield return Text($"the implied rate is {rate * 86400:0.##} a day: is the time column in milliseconds? timeScale: 0.001 shortens it");
        }

        if (trace.Ties > ManyTies * trace.Rows)
        {
            yield return Text($"{trace.Ties / (double)trace.Rows:0%} of the arrivals share their time with the one before (resolution {trace.Resolution.Seconds:0.###} s): replayed as they are they come in clumps");
        }

        if (trace.OutOfOrder > 0)
        {
            yield return Text($"{trace.OutOfOrder} rows stood after a later one and were sorted in");
        }

        if (trace.Malformed > 0)
        {
            yield return Text($"{trace.Malformed} rows could not be read and were left out");
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
