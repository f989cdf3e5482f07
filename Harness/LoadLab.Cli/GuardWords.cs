using LoadLab.Engine.Guards;
using LoadLab.Engine.Targets;
using LoadLab.Reports;

namespace LoadLab.Cli;

/// <summary>A guard in sentences.</summary>
internal static class GuardWords
{
    public static IEnumerable<string> Of(GuardOptions guard, TargetOptions target)
    {
        var stops = Stops(guard).ToList();
        foreach (var stop in stops)
        {
            yield return $"stops {stop}";
        }

        if (stops.Count == 0)
        {
            yield return "stops at nothing: the schedule is played to its end";
        }

        if (guard.Saturation is { Stops: false })
        {
            yield return "says when the service is saturated, and plays on";
        }

        yield return $"a call ends {Show.Seconds(target.Timeout.Seconds)} after it was sent, or when its user loses patience; its job is then cancelled";
        yield return $"calls in flight at the end get {Show.Seconds(guard.Drain.Max.Seconds)} and are then {(guard.Drain.ThenCancel ? "cancelled" : "left running")}";
    }

    private static IEnumerable<string> Stops(GuardOptions guard)
    {
        if (guard.MaxCalls is { } calls)
        {
            yield return $"after {calls} calls";
        }

        if (guard.MaxInFlight is { } most)
        {
            yield return $"when {most} calls are in flight and one more is due";
        }

        if (guard.MaxSpend is { } spend)
        {
            yield return Show.Inv($"at {spend.Amount:0.00} USD, calls in flight counted at the mean of those that ended");
        }

        if (guard.Backlog is { } backlog)
        {
            yield return $"when more than {backlog} calls are due and not ended";
        }

        if (guard.ErrorShare is { } share)
        {
            yield return $"when {Show.Share(share)} of the calls failed or timed out, from {GuardOptions.ErrorShareFrom} on";
        }

        if (guard.Saturation is { Stops: true } saturation)
        {
            yield return $"when the service is saturated: the backlog grows over {Show.Seconds(saturation.Window.Seconds)} or longer with {Show.Share(saturation.Confidence)} confidence, and a call takes twice what it needs";
        }
    }
}
