namespace LoadLab.Model.Server.Metrics;

/// <summary>Counts of durations below fixed bounds, as Prometheus has them. Guarded by its owner.</summary>
internal sealed class Histogram
{
    /// <summary>Seconds; 1-2-5 steps from 1 ms to 1000 s: a text stage of a small model to a clip of a large one.</summary>
    public static readonly IReadOnlyList<double> Bounds =
        [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

    private readonly long[] _counts = new long[Bounds.Count];

    public double Sum { get; private set; }

    public long Count { get; private set; }

    /// <summary>Per bound, the count of values at or below it.</summary>
    public IReadOnlyList<long> Cumulative => _counts;

    public void Add(double seconds)
    {
        Sum += seconds;
        Count++;
        for (var i = 0; i < _counts.Length; i++)
        {
            if (seconds <= Bounds[i])
            {
                _counts[i]++;
            }
        }
    }
}
