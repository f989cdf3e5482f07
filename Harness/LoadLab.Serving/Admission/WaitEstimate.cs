using LoadLab.Core;
using LoadLab.Serving.Batching;

namespace LoadLab.Serving.Admission;

/// <summary>
/// How long a job that comes now would wait: the work that waits in its lane and those before it and the work that runs, over the replicas. Work is learnt from finished
/// batches, as replica-seconds by job: mean += 0.2 x (seconds / size - mean) for each batch of a kind, so that the last ten batches make up nine tenths of it.
/// </summary>
/// <remarks>A job of which nothing is known adds no work, so that the estimate is low until the first batch of its model has ended. Bounded: 256 kinds, the one least recently observed goes.</remarks>
/// <param name="lanes">Lanes in order of service.</param>
internal sealed class WaitEstimate(int lanes)
{
    /// <summary>Weight of the newest batch.</summary>
    public const double Weight = 0.2;

    public const int MostKeys = 256;

    private const double MostSeconds = 1e9;

    private readonly Dictionary<BatchKey, Learnt> _learnt = [];

    // Whole microseconds: sums and differences of whole numbers are exact in a double below 2^53, 285 years, so that an empty lane is zero.
    private readonly double[] _waiting = new double[lanes];
    private double _running;
    private long _observed;
    private Learnt? _last;

    /// <summary>A batch ended well.</summary>
    /// <param name="key">What its jobs have in common.</param>
    /// <param name="size">Jobs, at least 1.</param>
    /// <param name="took">Time on its replica.</param>
    public void Observe(BatchKey key, int size, Duration took)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        var seconds = Math.Max(0, took.Seconds) / size;
        if (Find(key) is { } known)
        {
            (known.Seconds, known.Observed) = (known.Seconds + (Weight * (seconds - known.Seconds)), ++_observed);
            return;
        }

        if (_learnt.Count >= MostKeys)
        {
            _learnt.Remove(_learnt.MinBy(entry => entry.Value.Observed).Key);
        }

        _learnt[key] = _last = new Learnt(key) { Seconds = seconds, Observed = ++_observed };
    }

    /// <summary>
    /// Replica-seconds of one job. Of a kind never seen: those of the nearest kind of the same model that was, times the ratio of width x height x frames x steps x forwards a step; null when there is
    /// none. Attention grows faster than the pixels do, so a far larger shape takes longer than this says.
    /// </summary>
    public double? SecondsOf(BatchKey key)
    {
        if (Find(key) is { } known)
        {
            return known.Seconds;
        }

        (double Distance, long Observed, double Seconds)? best = null;
        foreach (var (other, learnt) in _learnt)
        {
            if (other.Model != key.Model)
            {
                continue;
            }

            var ratio = Work(key) / Work(other);
            var distance = Math.Abs(Math.Log(ratio));
            if (best is not { } nearest || distance < nearest.Distance || (distance == nearest.Distance && learnt.Observed > nearest.Observed))
            {
                best = (distance, learnt.Observed, learnt.Seconds * ratio);
            }
        }

        return best?.Seconds;
    }

    /// <summary>Work waits in a lane from now on.</summary>
    public void Queue(int lane, double seconds) => _waiting[lane] += Microseconds(seconds);

    /// <summary>Work left a lane; the same seconds as it came with.</summary>
    public void Unqueue(int lane, double seconds) => _waiting[lane] -= Microseconds(seconds);

    /// <summary>Work started (plus) or ended, in whole or in part (minus); what is taken off must be what was put on.</summary>
    public void Running(double secondsDelta) => _running += Microseconds(secondsDelta);

    /// <param name="lane">The job's lane.</param>
    /// <param name="replicas">Those that may run it.</param>
    /// <returns>The expected wait of a job that comes last in the lane while every replica is busy; null without replicas. When one is free and nothing waits before it, a job does not wait: the caller knows.</returns>
    public Duration? WaitOf(int lane, int replicas)
    {
        if (replicas <= 0)
        {
            return null;
        }

        var work = _running;
        for (var i = 0; i <= lane; i++)
        {
            work += _waiting[i];
        }

        return Duration.FromSeconds(Math.Clamp(work / 1e6 / replicas, 0, MostSeconds));
    }

    private static double Microseconds(double seconds) => Math.Round(Math.Clamp(seconds, -MostSeconds, MostSeconds) * 1e6);

    private static double Work(BatchKey key) => Math.Max(1, key.Pixels) * Math.Max(1, key.Steps) * (key.Guided ? 2 : 1);

    /// <summary>The kind asked for is the one asked for last, as a rule.</summary>
    private Learnt? Find(in BatchKey key)
    {
        if (_last is { } last && last.Is(key))
        {
            return last;
        }

        var found = _learnt.GetValueOrDefault(key);
        _last = found ?? _last;
        return found;
    }

    private sealed class Learnt(BatchKey key)
    {
        /// <summary>Replica-seconds a job, the weighted mean.</summary>
        public required double Seconds { get; set; }

        /// <summary>Number of the batch seen last.</summary>
        public required long Observed { get; set; }

        public bool Is(in BatchKey other) => key == other;
    }
}
