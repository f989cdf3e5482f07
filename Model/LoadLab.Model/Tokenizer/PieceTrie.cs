namespace LoadLab.Model.Tokenizer;

/// <summary>The pieces of a vocabulary by their UTF-8 bytes. The children of a node stand side by side, in the order of their bytes.</summary>
internal sealed class PieceTrie
{
    public const int Root = 0;

    private readonly Node[] _nodes;
    private readonly byte[] _labels;

    private PieceTrie(Node[] nodes, byte[] labels)
    {
        _nodes = nodes;
        _labels = labels;
    }

    /// <summary>A trie of pieces that are not empty. Equal pieces are reported, each with the one that is kept, the lower index first.</summary>
    public static PieceTrie Build(IReadOnlyList<byte[]> pieces, Action<int, int> duplicate)
    {
        var builder = new Builder(pieces);
        builder.Run(duplicate);
        return new PieceTrie([.. builder.Nodes], [.. builder.Labels]);
    }

    /// <summary>The child reached over a byte; -1 when there is none.</summary>
    public int Child(int node, byte label)
    {
        var (first, count, _) = _nodes[node];
        var at = _labels.AsSpan(first, count).IndexOf(label);
        return at < 0 ? -1 : first + at;
    }

    /// <summary>The id of the piece that ends in the node; -1 when none does.</summary>
    public int IdAt(int node) => _nodes[node].Id;

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

    private readonly record struct Node(int FirstChild, int ChildCount, int Id);

    // From the root down, the pieces below a node are a range of the order; they have the bytes up to the node's depth in common.
    private sealed class Builder(IReadOnlyList<byte[]> pieces)
    {
        private readonly int[] _order = [.. Enumerable.Range(0, pieces.Count)];
        private readonly int[] _spare = new int[pieces.Count];
        private readonly Stack<(int Node, int From, int To, int Depth)> _open = [];

        public List<Node> Nodes { get; } = [default];

        public List<byte> Labels { get; } = [0];

        public void Run(Action<int, int> duplicate)
        {
            _open.Push((Root, 0, pieces.Count, 0));
            while (_open.TryPop(out var top))
            {
                var (node, from, to, depth) = top;
                var ends = MoveEndsFirst(_order.AsSpan(from, to - from), depth);
                for (var other = 1; other < ends; other++)
                {
                    duplicate(Math.Min(_order[from], _order[from + other]), Math.Max(_order[from], _order[from + other]));
                }

                var firstChild = Nodes.Count;
                AddChildren(from + ends, to, depth);
                Nodes[node] = new Node(firstChild, Nodes.Count - firstChild, ends > 0 ? _order[from] : -1);
            }
        }

        // The number of pieces that end at this depth, which are moved to the front.
        private int MoveEndsFirst(Span<int> range, int depth)
        {
            var ends = 0;
            for (var i = 0; i < range.Length; i++)
            {
                if (pieces[range[i]].Length == depth)
                {
                    (range[ends], range[i]) = (range[i], range[ends]);
                    ends++;
                }
            }

            return ends;
        }

        // Orders the range by its next byte (a counting sort) and makes a node of every byte that occurs.
        private void AddChildren(int from, int to, int depth)
        {
            if (to - from == 1)
            {
                AddChild(pieces[_order[from]][depth], from, to, depth);
            }

            if (to - from <= 1)
            {
                return;
            }

            Span<int> next = stackalloc int[byte.MaxValue + 1];
            next.Clear();
            for (var i = from; i < to; i++)
            {
                next[pieces[_order[i]][depth]]++;
            }

            var start = from;
            for (var value = 0; value <= byte.MaxValue; value++)
            {
                var count = next[value];
                next[value] = start;
                if (count > 0)
                {
                    AddChild((byte)value, start, start + count, depth);
                    start += count;
                }
            }

            for (var i = from; i < to; i++)
            {
                _spare[next[pieces[_order[i]][depth]]++] = _order[i];
            }

            Array.Copy(_spare, from, _order, from, to - from);
        }

        private void AddChild(byte label, int from, int to, int depth)
        {
            _open.Push((Nodes.Count, from, to, depth + 1));
            Nodes.Add(default);
            Labels.Add(label);
        }
    }
}
