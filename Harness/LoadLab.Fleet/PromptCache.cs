namespace LoadLab.Fleet;

/// <summary>Text encodings that one replica keeps, by hash of the prompt; the least recently used go first.</summary>
internal sealed class PromptCache(long bytes, long entryBytes)
{
    private readonly Dictionary<string, LinkedListNode<string>> _entries = new(StringComparer.Ordinal);
    private readonly LinkedList<string> _recent = new();

    /// <summary>Whether the encoding is there; it is afterwards, as the most recent. A prompt without a hash never is.</summary>
    public bool Take(string prompt)
    {
        if (prompt.Length == 0 || entryBytes > bytes)
        {
            return false;
        }

        if (_entries.TryGetValue(prompt, out var node))
        {
            _recent.Remove(node);
            _recent.AddLast(node);
            return true;
        }

        while ((_entries.Count + 1) * entryBytes > bytes)
        {
            _entries.Remove(_recent.First!.Value);
            _recent.RemoveFirst();
        }

        _entries.Add(prompt, _recent.AddLast(prompt));
        return false;
    }

    public void Clear()
    {
        _entries.Clear();
        _recent.Clear();
    }
}
