using LoadLab.Core;

namespace LoadLab.Engine;

/// <summary>
/// Latencies of about the last minute in bounded memory: seven histograms of ten seconds each, with bins 2 % wide, the oldest emptied as time goes on.
/// One thread at a time adds; any thread may read without waiting for it, and then sees counts that are some calls apart.
/// </summary>
public sealed class RecentLatency
{
    private const int Slices = 7;
    private const int Bins = 1200;
    private const double LeastSeconds = 1e-4;
    private const double LogStep = 0.02;
    private static readonly long s_sliceNanoseconds = Duration.FromSeconds(10).Nanoseconds;
    private readonly int[][] _counts = [.. Enumerable.Range(0, Slices).Select(_ => new int[Bins])];
    private readonly long[] _slices = [.. Enumerable.Repeat(-1L, Slices)];

    public void Add(Instant now, Duration latency)
    {
        var slice = SliceOf(now);
        var at = (int)(slice % Slices);
        if (_slices[at] != slice)
        {
            Array.Clear(_counts[at]);
            Volatile.Write(ref _slices[at], slice);
        }

        _counts[at][BinOf(latency.Seconds)]++;
    }

    /// <summary>Nearest rank over the last 60 to 70 seconds, at the middle of its bin: within 1 %. NaN without a call.</summary>
    public (double P50, double P95) Seconds(Instant now)
    {
        var merged = new int[Bins];
        var total = 0L;
        for (var i = 0; i < Slices; i++)
        {
            if (Volatile.Read(ref _slices[i]) <= SliceOf(now) - Slices)
            {
                continue;
            }

            for (var bin = 0; bin < Bins; bin++)
            {
                merged[bin] += _counts[i][bin];
                total += _counts[i][bin];
            }
        }

        return (Quantile(merged, total, 0.5), Quantile(merged, total, 0.95));
    }

    private static double Quantile(int[] counts, long total, double share)
    {
        var left = (long)Math.Ceiling(share * total);
        for (var bin = 0; total > 0 && bin < Bins; bin++)
        {
            left -= counts[bin];
            if (left <= 0)
            {
                return LeastSeconds * Math.Exp((bin + 0.5) * LogStep);
            }
        }

        return double.NaN;
    }

    /// <summary>Negative before the clock's zero, which a slice must not be.</summary>
    private static long SliceOf(Instant now) => Math.Max(0, now.Nanoseconds) / s_sliceNanoseconds;

    private static int BinOf(double seconds) => seconds <= LeastSeconds ? 0 : Math.Min(Bins - 1, (int)(Math.Log(seconds / LeastSeconds) / LogStep));
}
