using LoadLab.Serving.Caching;

namespace LoadLab.Model.Server.Emulation;

/// <summary>Which prompts an emulated replica has encoded already: the least recently used go first.</summary>
internal sealed class TextMemory(TextCacheOptions options)
{
    private readonly Dictionary<string, LinkedListNode<string>> _known = [];
    private readonly LinkedList<string> _order = new();
    private readonly long _most = options.EntryBytes > 0 ? options.Bytes / options.EntryBytes : 0;

    /// <summary>Whether the encoding is kept; it is afterwards.</summary>
    public bool Has(string prompt)
    {
        if (_known.TryGetValue(prompt, out var node))
        {
            _order.Remove(node);
            _order.AddLast(node);
            return true;
        }

        if (_most > 0)
        {
            _known[prompt] = _order.AddLast(prompt);
            if (_known.Count > _most)
            {
                _known.Remove(_order.First!.Value);
                _order.RemoveFirst();
            }
        }

        return false;
    }
}
