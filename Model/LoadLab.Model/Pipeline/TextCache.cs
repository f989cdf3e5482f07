namespace LoadLab.Model.Pipeline;

/// <summary>
/// Encoder outputs by model and text, prompts and negative prompts alike, bounded by bytes: past them the least recently used go. They lie on the host, outside any
/// backend's memory, so they neither take from it nor count in it. One thread at a time looks up and adds; the figures can be read by any.
/// </summary>
/// <param name="capacityBytes">Most bytes kept, texts included; 0 = nothing is kept.</param>
public sealed class TextCache(long capacityBytes)
{
    // Of an entry's own objects: the array's header, the node, the key and its place in the table.
    private const int EntryOverheadBytes = 160;

    private readonly Lock _gate = new();
    private readonly Dictionary<(string Model, string Text), LinkedListNode<Entry>> _entries = [];
    private readonly LinkedList<Entry> _lastUsedFirst = new();
    private long _bytes;
    private long _hits;
    private long _misses;

    public TextCacheFigures Figures
    {
        get
        {
            lock (_gate)
            {
                return new TextCacheFigures(_hits, _misses, _entries.Count, _bytes, capacityBytes);
            }
        }
    }

    /// <summary>Bytes that one encoding of so many values takes here.</summary>
    public static long BytesOf(string text, int values) => ((long)values * sizeof(float)) + ((long)text.Length * sizeof(char)) + EntryOverheadBytes;

    /// <summary>The rows kept for a text, or those that <paramref name="encode"/> makes, which are kept from now on if they are not larger than the whole cache.</summary>
    public float[] Get(string model, string text, Func<string, float[]> encode)
    {
        if (Find(model, text) is { } kept)
        {
            return kept;
        }

        var rows = encode(text);
        Add(new Entry(model, text, rows));
        return rows;
    }

    /// <summary>Forgets what belongs to a model.</summary>
    public void Clear(string model)
    {
        lock (_gate)
        {
            foreach (var entry in _lastUsedFirst.Where(entry => entry.Model == model).ToList())
            {
                Remove(entry);
            }
        }
    }

    private float[]? Find(string model, string text)
    {
        lock (_gate)
        {
            if (!_entries.TryGetValue((model, text), out var node))
            {
                _misses++;
                return null;
            }

            _hits++;
            _lastUsedFirst.Remove(node);
            _lastUsedFirst.AddFirst(node);
            return node.Value.Rows;
        }
    }

    private void Add(Entry entry)
    {
        if (entry.Bytes > capacityBytes)
        {
            return;
        }

        lock (_gate)
        {
            while (_bytes + entry.Bytes > capacityBytes)
            {
                Remove(_lastUsedFirst.Last!.Value);
            }

            _bytes += entry.Bytes;
            _entries.Add((entry.Model, entry.Text), _lastUsedFirst.AddFirst(entry));
        }
    }

    private void Remove(Entry entry)
    {
        _entries.Remove((entry.Model, entry.Text), out var node);
        _lastUsedFirst.Remove(node!);
        _bytes -= entry.Bytes;
    }

    private sealed record Entry(string Model, string Text, float[] Rows)
    {
        public long Bytes => BytesOf(Text, Rows.Length);
    }
}

/// <summary>What a text cache did and holds.</summary>
/// <param name="Hits">Texts that were there.</param>
/// <param name="Misses">Texts that were encoded.</param>
/// <param name="Entries">Texts held now.</param>
/// <param name="Bytes">Held now, on the host.</param>
/// <param name="CapacityBytes">Most that may be held.</param>
public readonly record struct TextCacheFigures(long Hits, long Misses, int Entries, long Bytes, long CapacityBytes);
