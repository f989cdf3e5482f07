namespace LoadLab.Forecast;

/// <summary>The latest errors of one horizon, in order of time and of size.</summary>
internal sealed class ResidualWindow(int capacity)
{
    private readonly Queue<double> _byTime = new();
    private readonly List<double> _bySize = [];

    public int Count => _bySize.Count;

    public void Add(double error)
    {
        if (_byTime.Count == capacity)
        {
            _bySize.RemoveAt(_bySize.BinarySearch(_byTime.Dequeue()));
        }

        _byTime.Enqueue(error);
        var at = _bySize.BinarySearch(error);
        _bySize.Insert(at < 0 ? ~at : at, error);
    }

    /// <summary>
    /// The error at a quantile. When there are too few errors to prove it, the largest error seen (or <paramref name="unknown"/> when none was) stands in for infinity,
    /// and clamped is true.
    /// </summary>
    public (double Offset, bool Clamped) Quantile(double share, double unknown)
    {
        var offset = share < 0.5 ? SplitConformal.Lower(_bySize, share) : SplitConformal.Upper(_bySize, share);
        if (double.IsFinite(offset))
        {
            return (offset, false);
        }

        var largest = Count == 0 ? unknown : Math.Max(Math.Abs(_bySize[0]), Math.Abs(_bySize[^1]));
        return (Math.Sign(offset) * largest, true);
    }
}
