using LoadLab.Serving.Batching;

namespace LoadLab.Serving.Recovery;

/// <summary>What out-of-memory has taught: the largest batch of a key is half of what did not fit, for good.</summary>
internal sealed class BatchLimits
{
    /// <summary>Past it the key learned first is forgotten; it costs one more failed batch to learn again.</summary>
    public const int MostKeys = 1024;

    private readonly Dictionary<BatchKey, int> _limits = [];
    private readonly Queue<BatchKey> _learned = new();

    /// <summary>Most jobs of a batch of this key: what was learned, and never above <paramref name="most"/>.</summary>
    public int LimitOf(BatchKey key, int most) => _limits.Count > 0 && _limits.TryGetValue(key, out var limit) ? Math.Min(limit, most) : most;

    /// <param name="key">What did not fit.</param>
    /// <param name="size">Jobs of the batch.</param>
    public void OutOfMemory(BatchKey key, int size)
    {
        var limit = Math.Max(1, size / 2);
        if (_limits.TryGetValue(key, out var known))
        {
            _limits[key] = Math.Min(known, limit);
            return;
        }

        if (_limits.Count == MostKeys)
        {
            _limits.Remove(_learned.Dequeue());
        }

        _limits.Add(key, limit);
        _learned.Enqueue(key);
    }
}
