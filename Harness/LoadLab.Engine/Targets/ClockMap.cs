using LoadLab.Core;

namespace LoadLab.Engine.Targets;

/// <summary>
/// Brings a server's clock to the run's. On one host the offset is known. For another host it is learnt from the calls themselves: the server's time of receipt lies between
/// sending s and the answer a, and in [r, r + resolution) by its stamp r, so the offset lies in [s - r - resolution, a - r]. What all calls leave of it is the interval of the
/// offset; half of its width is the uncertainty. An old interval widens by <see cref="DriftPerSecond"/>, and one that a call contradicts gives way to that call's.
/// </summary>
public sealed class ClockMap
{
    /// <summary>Two clocks part by this much a second: quartz and what sets a clock right stay below 100 ppm for long.</summary>
    private const double DriftPerSecond = 1e-4;
    private readonly Lock _gate = new();
    private readonly bool _fixed;
    private long _least;
    private long _most;
    private Instant _seen;
    private bool _known;

    private ClockMap(long offset, bool known)
    {
        (_least, _most) = (offset, offset);
        _known = known;
        _fixed = known;
    }

    /// <summary>Whether both clocks are one but for a known offset.</summary>
    public bool IsShared => _fixed;

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
                return new Duration(Middle);
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
                return new Duration((_most - _least) / 2);
            }
        }
    }

    private long Middle => _least + ((_most - _least) / 2);

    /// <summary>One round trip in which the server stamped its time of receipt, rounded down to a multiple of the resolution in nanoseconds.</summary>
    internal void Observe(Instant sent, Instant answered, long receivedServerNs, long resolutionNs = 0)
    {
        if (_fixed || answered < sent)
        {
            return;
        }

        var least = unchecked(sent.Nanoseconds - receivedServerNs - resolutionNs);
        var most = unchecked(answered.Nanoseconds - receivedServerNs);
        lock (_gate)
        {
            if (_known)
            {
                var drift = (long)(Math.Max(0, (answered - _seen).Nanoseconds) * DriftPerSecond);
                var (oldLeast, oldMost) = (Math.Max(least, _least - drift), Math.Min(most, _most + drift));
                (least, most) = oldLeast <= oldMost ? (oldLeast, oldMost) : (least, most);
            }

            (_least, _most, _seen, _known) = (least, most, answered, true);
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
            return _known ? new Instant(unchecked(time + Middle)) : null;
        }
    }
}
