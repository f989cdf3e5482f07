using LoadLab.Core;

namespace LoadLab.Workload;

/// <summary>A stretch of which the trace holds no data: nothing is known of it, which is not the same as nothing having arrived.</summary>
/// <param name="From">From the trace's zero.</param>
/// <param name="Length">Its length.</param>
/// <param name="Reason">How it is told from silence.</param>
public sealed record TraceGap(Duration From, Duration Length, string Reason)
{
    internal long EndNs => From.Nanoseconds + Length.Nanoseconds;

    /// <summary>The part within [from, to), counted from there; null when nothing is.</summary>
    internal TraceGap? Within(Duration from, Duration to)
    {
        var start = Math.Max(From.Nanoseconds, from.Nanoseconds);
        var end = Math.Min(EndNs, to.Nanoseconds);
        return start < end ? this with { From = new Duration(start - from.Nanoseconds), Length = new Duration(end - start) } : null;
    }
}
