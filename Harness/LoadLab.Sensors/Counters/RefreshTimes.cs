using LoadLab.Core;

namespace LoadLab.Sensors;

/// <summary>The lengths between the last 1,024 changes of a counter: what its refresh period is judged by.</summary>
internal sealed class RefreshTimes
{
    private const int Kept = 1024;
    private readonly List<double> _seconds = [];
    private Instant? _last;
    private int _oldest;

    public void Changed(Instant at)
    {
        if (_last is { } last && at > last)
        {
            Keep((at - last).Seconds);
        }

        _last = at;
    }

    /// <summary>The next change does not end a length that began before the gap.</summary>
    public void Gap() => _last = null;

    /// <summary>Null before the second change.</summary>
    public Duration? Quantile(double share) => _seconds.Count == 0 ? null : Duration.FromSeconds(Percentile.Of(_seconds, share));

    private void Keep(double seconds)
    {
        if (_seconds.Count < Kept)
        {
            _seconds.Add(seconds);
            return;
        }

        _seconds[_oldest] = seconds;
        _oldest = (_oldest + 1) % Kept;
    }
}
