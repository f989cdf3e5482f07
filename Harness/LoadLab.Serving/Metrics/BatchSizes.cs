namespace LoadLab.Serving.Metrics;

/// <summary>Batches by their number of jobs. A pipelined batch counts once. Bound: larger ones than <see cref="MaxSize"/> are counted there.</summary>
public sealed class BatchSizes
{
    public const int MaxSize = 256;

    private readonly long[] _counts = new long[MaxSize + 1];

    public long Batches { get; private set; }

    public long Jobs { get; private set; }

    /// <summary>Sizes that came up, ascending, with their counts.</summary>
    public IEnumerable<(int Size, long Count)> Counts => _counts.Index().Where(pair => pair.Item > 0);

    internal void Add(int size)
    {
        Batches++;
        Jobs += size;
        _counts[Math.Min(size, MaxSize)]++;
    }
}
