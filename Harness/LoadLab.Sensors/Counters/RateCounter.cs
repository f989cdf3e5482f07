using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Sensors;

/// <summary>
/// A mean made of a running total: (total now − total at the previous row) / (base now − base at the previous row). A row is written when the total has
/// moved, or after a second, so each row is the exact mean since the previous row of its series, however coarse or late the source refreshes.
/// </summary>
/// <param name="source">As in samples.csv.</param>
/// <param name="metric">As in samples.csv.</param>
/// <param name="unit">As in samples.csv.</param>
/// <param name="window">Shortest length a row stands for; for totals so coarse (ticks of 10 ms) that shorter ones would only show the coarseness.</param>
public sealed class RateCounter(string source, string metric, string unit, Duration window = default) : Counter(source, metric, unit)
{
    private Instant _from;
    private double _total = double.NaN;
    private double _base;

    /// <summary>A total counted in nanoseconds against the run's clock: a share of one core.</summary>
    public void PerTime(Instant now, double nanoseconds, ICollection<Sample> into) => Per(now, nanoseconds, now.Nanoseconds, into);

    /// <param name="now">The time of the read.</param>
    /// <param name="total">What is counted.</param>
    /// <param name="outOf">What it is divided by, in the same unit; must grow.</param>
    /// <param name="into">Receives at most one row.</param>
    public void Per(Instant now, double total, double outOf, ICollection<Sample> into)
    {
        // Counters of the kernel may step back (iowait does) and start again after a reset: the window starts anew there, no row is made up.
        if (double.IsNaN(_total) || total < _total || outOf < _base)
        {
            CountRead(repeat: false);
            Begin(now, total, outOf);
            return;
        }

        var moved = total > _total;
        var due = now - _from >= (moved ? window : Duration.FromSeconds(Math.Max(window.Seconds, Heartbeat.Seconds)));
        if (!due || outOf <= _base)
        {
            CountRead(repeat: true);
            return;
        }

        CountRead(repeat: false);
        Mean(now, (total - _total) / (outOf - _base), moved, into);
        Begin(now, total, outOf);
    }

    private void Begin(Instant now, double total, double outOf) => (_from, _total, _base) = (now, total, outOf);
}
