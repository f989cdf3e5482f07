using LoadLab.Core;

namespace LoadLab.Engine.Targets;

/// <summary>
/// Brings a server's clock to the run's. On one host the offset is known. For another host it is learnt from the calls themselves: the server's time of receipt r
/// lies between sending s and the answer a, so the offset lies in [s - r, a - r]; the shortest round trip gives the narrowest such interval, and half of it is the uncertainty.
/// </summary>
public sealed class ClockMap
{
    private readonly Lock _gate = new();
    private long _offset;
    private long _uncertainty;
    private bool _known;
    private readonly bool _fixed;

    private ClockMap(long offset, bool known)
    {
        _offset = offset;
        _known = known;
        _fixed = known;
    }

    /// <summary>Both on one host; the offset is the server's epoch minus the run's, 0 when they share it.</summary>
    public static ClockMap Shared(Duration offset = default) => new(offset.Nanoseconds, known: true);

    /// <summary>Another host: learnt from the first call on.</summary>
    public static ClockMap Learned() => new(0, known: false);

    /// <summary>Added to a server's clock to get the run's.</summary>
    public Duration Offset
    {
        get
        {
            lock (_gate)
            {
                return new Duration(_offset);
            }
        }
    }

    /// <summary>Half the width of the interval the offset lies in; 0 on one host.</summary>
    public Duration Uncertainty
    {
        get
        {
            lock (_gate)
            {
                return new Duration(_uncertainty);
            }
        }
    }

    /// <summary>One round trip in which the server stamped its time of receipt.</summary>
    internal void Observe(Instant sent, Instant answered, long receivedServerNs)
    {
        if (_fixed || answered < sent)
        {
            return;
        }

        var half = (answered - sent).Nanoseconds / 2;
        lock (_gate)
        {
            if (!_known || half < _uncertainty)
            {
                _known = true;
                _uncertainty = half;
                _offset = unchecked(sent.Nanoseconds + half - receivedServerNs);
            }
        }
    }

    /// <summary>Null while nothing is known of the server's clock.</summary>
    internal Instant? ToRun(long? serverNs)
    {
        if (serverNs is not { } time)
        {
            return null;
        }

        lock (_gate)
        {
            return _known ? new Instant(unchecked(time + _offset)) : null;
        }
    }
}
