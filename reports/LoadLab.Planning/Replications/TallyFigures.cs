using LoadLab.Core.Runs;

namespace LoadLab.Planning;

/// <summary>Figures of a tally in this room's sense: over planned calls.</summary>
internal static class TallyFigures
{
    /// <summary>Latency in seconds by nearest rank over planned calls, at most 0.1 % too high; infinite where too many did not complete, NaN without a planned call.</summary>
    /// <param name="calls">Of a tier, or of all.</param>
    /// <param name="share">In (0, 1].</param>
    public static double LatencyAt(this TierTally calls, double share)
    {
        if (calls.Planned == 0)
        {
            return double.NaN;
        }

        var rank = Math.Max(1, (long)Math.Ceiling((share * calls.Planned) - 1e-9));
        return rank > calls.Latency.Count ? double.PositiveInfinity : calls.Latency.At((double)rank / calls.Latency.Count)!.Value.Seconds;
    }

    /// <summary>The same as a figure, which says why where there is none.</summary>
    public static Figure LatencyFigure(this TierTally calls, double share) => Figure.Of(calls.LatencyAt(share), LatencySummary.Why(calls.Planned - calls.Latency.Count, calls.Planned));

    /// <summary>Completed in time / planned; NaN without a planned call.</summary>
    public static double Goodput(this TierTally calls) => (double)calls.InTime / calls.Planned;
}
