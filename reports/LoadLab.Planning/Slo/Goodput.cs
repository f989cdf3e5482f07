using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Planning;

/// <summary>Completed in time / planned.</summary>
internal static class Goodput
{
    /// <summary>Whether a call completed within its own deadline, or without one within the promised bound.</summary>
    public static bool InTime(CallRecord call, SloOptions slo) =>
        call.Latency is { } latency && ((call.Deadline ?? slo.Bound) is not { } bound || latency <= bound);

    /// <summary>NaN without a planned call.</summary>
    public static double Of(IReadOnlyCollection<CallRecord> planned, SloOptions slo) =>
        planned.Count == 0 ? double.NaN : (double)planned.Count(call => InTime(call, slo)) / planned.Count;
}
