namespace LoadLab.Serving.Caching;

/// <summary>
/// Which entries a cache bounded by bytes holds when the least recently used go first. It keeps the keys alone: choose it to say what a cache would hit. Not thread-safe.
/// </summary>
/// <param name="capacityBytes">Bytes of all entries together, at most; 0 keeps nothing.</param>
public sealed class LruBytes<TKey>(long capacityBytes)
    where TKey : notnull
{
    private readonly Dictionary<TKey, LinkedListNode<Entry>> _entries = [];

    /// <summary>The most recently used first.</summary>
    private readonly LinkedList<Entry> _order = new();

    public long Hits { get; private set; }

    public long Misses { get; private set; }

    /// <summary>Entries that went to make room.</summary>
    public long Evictions { get; private set; }

    public int Count => _entries.Count;

    /// <summary>Of the entries held.</summary>
    public long Bytes { get; private set; }

    /// <summary>Uses an entry and takes it in if it was not there. One larger than the whole is not kept and drives nothing out.</summary>
    /// <param name="key">The entry.</param>
    /// <param name="bytes">Its size, from 1; of one that is held the size it came with counts.</param>
    /// <returns>Whether it was there.</returns>
    public bool Touch(TKey key, long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, 1);
        if (_entries.TryGetValue(key, out var held))
        {
            Hits++;
            _order.Remove(held);
            _order.AddFirst(held);
            return true;
        }

        Misses++;
        if (bytes <= capacityBytes)
        {
            Keep(new Entry(key, bytes));
        }

        return false;
    }

    private void Keep(Entry entry)
    {
        LinkedListNode<Entry>? node = null;
        while (Bytes > capacityBytes - entry.Bytes)
        {
            node = _order.Last!;
            _order.RemoveLast();
            _entries.Remove(node.Value.Key);
            Bytes -= node.Value.Bytes;
            Evictions++;
        }

        // A full cache allocates nothing: the newcomer takes the place of one that went.
        node ??= new LinkedListNode<Entry>(entry);
        node.Value = entry;
        _order.AddFirst(node);
        _entries.Add(entry.Key, node);
        Bytes += entry.Bytes;
    }

    private readonly record struct Entry(TKey Key, long Bytes);
}
