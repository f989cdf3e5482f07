using LoadLab.Serving.Autoscaling;

namespace LoadLab.Serving.Tests.Laws;

/// <summary>Timers that are set: one of each purpose at most, but for the replacements, of which each lost replica may set one.</summary>
internal sealed class TimerLedger
{
    private const int MostReplacements = 64;
    private readonly HashSet<(string Purpose, long Number)> _live = [];
    private readonly HashSet<(string Purpose, long Number)> _ever = [];

    /// <summary>Whether it was set and not cancelled.</summary>
    public bool Fires(ServingEvent.TimerFired timer) => _live.Remove((timer.Purpose, timer.Number));

    public void Decided(Decision decision)
    {
        if (decision is Decision.SetTimer set)
        {
            Law.Holds(_ever.Add((set.Purpose, set.Number)), $"timer {set.Purpose} {set.Number} was set twice");
            _live.Add((set.Purpose, set.Number));
            var most = set.Purpose == Scaler.ReplaceTimer ? MostReplacements : 1;
            Law.Holds(_live.Count(timer => timer.Purpose == set.Purpose) <= most, $"more than {most} timers {set.Purpose} are set at once");
        }
        else if (decision is Decision.CancelTimer cancel)
        {
            _live.Remove((cancel.Purpose, cancel.Number));
        }
    }

    public void AtTheEnd() => Law.Holds(_live.All(timer => timer.Purpose == Scaler.ReplaceTimer), "a timer is set although the server has stopped");
}
