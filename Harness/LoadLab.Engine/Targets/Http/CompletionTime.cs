using LoadLab.Core;
using LoadLab.Engine.Targets.Protocols;

namespace LoadLab.Engine.Targets.Http;

/// <summary>
/// When a job of a polled service ended. It was on its way when last asked and had ended when that was learnt; a stamp of the service narrows this interval, or, when it is exact,
/// stands for itself. What is told is the end of what is left, and its width as the error.
/// </summary>
internal static class CompletionTime
{
    /// <param name="stamp">On the service's clock; null when it gives none.</param>
    /// <param name="clocks">What is known of that clock.</param>
    /// <param name="lastPending">When the last request that found the job on its way was sent.</param>
    /// <param name="learnt">When the answer that it had ended was there.</param>
    public static (Instant Completed, Duration Error) Of(Stamp? stamp, ClockMap clocks, Instant lastPending, Instant learnt)
    {
        if (stamp is not { } told || clocks.ToRun(told.Nanoseconds) is not { } at)
        {
            return (learnt, learnt - lastPending);
        }

        if (told.Resolution == 0)
        {
            return (at < learnt ? at : learnt, clocks.Uncertainty);
        }

        var from = Instant.Max(lastPending, at - clocks.Uncertainty);
        var to = at + new Duration(told.Resolution) + clocks.Uncertainty;
        to = to < learnt ? to : learnt;

        // A stamp outside of what the polls saw is a clock that was set meanwhile: the polls alone are believed.
        return from <= to ? (to, to - from) : (learnt, learnt - lastPending);
    }
}
