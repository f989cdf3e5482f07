using LoadLab.Core;

namespace LoadLab.Serving.Dispatch;

/// <summary>One timer of a purpose, set for the earliest instant asked for. It may fire when nothing is due any more: whoever hears it looks.</summary>
internal sealed class Alarm(string purpose, List<Decision> decisions)
{
    private Instant? _armed;
    private long _number;

    /// <summary>When it rings; null when it is not set.</summary>
    public Instant? Armed => _armed;

    public void Arm(Instant at, string reason)
    {
        if (_armed is { } armed)
        {
            if (armed <= at)
            {
                return;
            }

            decisions.Add(new Decision.CancelTimer(purpose, _number, reason));
        }

        _armed = at;
        decisions.Add(new Decision.SetTimer(purpose, ++_number, at, reason));
    }

    /// <summary>Whether the event is this alarm's current timer.</summary>
    public bool Rings(ServingEvent.TimerFired timer)
    {
        if (timer.Purpose != purpose || timer.Number != _number || _armed is null)
        {
            return false;
        }

        _armed = null;
        return true;
    }

    public void Disarm(string reason)
    {
        if (_armed is not null)
        {
            _armed = null;
            decisions.Add(new Decision.CancelTimer(purpose, _number, reason));
        }
    }
}
