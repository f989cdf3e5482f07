using LoadLab.Core;

namespace LoadLab.Engine.Observers;

/// <summary>
/// Brings a Prometheus server's time of day to the run's clock. The answer to time() was made between sending s and the answer a, so the offset lies in [s - u, a - u]; the shortest
/// round trip gives the narrowest such interval. An older one is trusted less: two clocks of different machines drift apart by up to 100 parts in a million.
/// Used by its server's thread alone.
/// </summary>
internal sealed class ServerClock
{
    private const double Drift = 1e-4;

    /// <summary>time() is told in whole milliseconds.</summary>
    private static readonly Duration s_rounding = Duration.FromMilliseconds(0.5);

    private long _offset;
    private Instant _learned;

    public bool IsKnown { get; private set; }

    /// <summary>Half the width of the interval that the offset lies in, when it was learnt.</summary>
    public Duration Uncertainty { get; private set; }

    /// <param name="sent">Just before the request.</param>
    /// <param name="answered">When its answer was read.</param>
    /// <param name="unixSeconds">What time() gave.</param>
    public void Observe(Instant sent, Instant answered, double unixSeconds)
    {
        var half = ((answered - sent) * 0.5) + s_rounding;
        if (answered < sent || (IsKnown && half > Uncertainty + ((answered - _learned) * Drift)))
        {
            return;
        }

        (IsKnown, Uncertainty, _learned) = (true, half, answered);
        _offset = sent.Nanoseconds + half.Nanoseconds - Nanoseconds(unixSeconds);
    }

    /// <summary>Null while nothing is known of the server's clock.</summary>
    public Instant? ToRun(double unixSeconds) => IsKnown ? new Instant(Nanoseconds(unixSeconds) + _offset) : null;

    /// <summary>Unix time of the server in seconds; null while nothing is known of its clock.</summary>
    public double? ToServer(Instant at) => IsKnown ? (at.Nanoseconds - _offset) / 1e9 : null;

    private static long Nanoseconds(double unixSeconds) => (long)(unixSeconds * 1e9);
}
