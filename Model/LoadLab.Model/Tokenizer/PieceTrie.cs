namespace LoadLab.Model.Tokenizer;

/// <summary>
/// The pieces of a vocabulary by their UTF-8 bytes. Nodes are numbered level by level, so the children of node n are the nodes from
/// first[n] to first[n + 1], in the order of their bytes.
/// </summary>
internal sealed class PieceTrie
{
    public const int Root = 0;

    private readonly int[] _firstChild;
    private readonly byte[] _label;
    private readonly int[] _id;

    private PieceTrie(int[] firstChild, byte[] label, int[] id)
    {
        _firstChild = firstChild;
        _label = label;
        _id = id;
    }

    /// <summary>A trie of pieces that are not empty. Of two equal pieces the first is kept and the second reported with it.</summary>
    public static PieceTrie Build(IReadOnlyList<byte[]> pieces, Action<int, int> duplicate)
    {
        var order = Enumerable.Range(0, pieces.Count).ToArray();
        Array.Sort(order, (a, b) => pieces[a].AsSpan().SequenceCompareTo(pieces[b]) is var c && c != 0 ? c : a - b);
        var ranges = new List<(int From, int To, int Depth)> { (0, order.Length, 0) };
        List<byte> label = [0];
        List<int> firstChild = [];
        List<int> id = [];
        for (var node = 0; node < ranges.Count; node++)
        {
            var (from, to, depth) = ranges[node];
            firstChild.Add(ranges.Count);
            id.Add(pieces.Count > 0 && pieces[order[from]].Length == depth ? order[from] : -1);
            for (var kept = from; from < to && pieces[order[from]].Length == depth; from++)
            {
                if (from > kept)
                {
                    duplicate(order[kept], order[from]);
                }
            }

            AddChildren(pieces, order, (from, to, depth), ranges, label);
        }

        firstChild.Add(ranges.Count);
        return new PieceTrie([.. firstChild], [.. label], [.. id]);
    }

    /// <summary>The child reached over a byte; -1 when there is none.</summary>
    public int Child(int node, byte label)
    {
        var first = _firstChild[node];
        var at = _label.AsSpan(first, _firstChild[node + 1] - first).IndexOf(label);
        return at < 0 ? -1 : first + at;
    }

    /// <summary>The id of the piece that ends in the node; -1 when none does.</summary>
    public int IdAt(int node) => _id[node];

    /// <summary>The id of exactly this piece; -1 when there is none.</summary>
    public int Find(ReadOnlySpan<byte> piece)
    {
        var node = Root;
        foreach (var label in piece)
        {
            node = Child(node, label);
            if (node < 0)
            {
                return -1;
            }
        }

        return IdAt(node);
    }

    private static void AddChildren(IReadOnlyList<byte[]> pieces, int[] order, (int From, int To, int Depth) range, List<(int, int, int)> ranges, List<byte> label)
    {
        for (var from = range.From; from < range.To;)
        {
            var next = pieces[order[from]][range.Depth];
            var to = from + 1;
            while (to < range.To && pieces[order[to]][range.Depth] == next)
            {
                to++;
            }

            ranges.Add((from, to, range.Depth + 1));
            label.Add(next);
            from = to;
        }
    }
}
