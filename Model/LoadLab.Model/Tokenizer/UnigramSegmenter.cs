using System.Buffers;
using System.Text;

namespace LoadLab.Model.Tokenizer;

/// <summary>
/// The best segmentation of a text into pieces: the one whose scores have the largest sum, found in one pass from left to right
/// (Viterbi; Kudo 2018, "Subword Regularization", section 3). A character that is no piece by itself may be taken as unknown, for the lowest
/// score of the vocabulary minus 10; unknown characters side by side become one id. Of two segmentations with equal sums (added from left to
/// right, in double) up to the same place, the one whose last piece is longer stays, as in sentencepiece and Hugging Face tokenizers.
/// Time: bytes of the text times the longest piece.
/// </summary>
internal sealed class UnigramSegmenter
{
    private const double UnknownPenalty = 10;

    private readonly Vocabulary _vocabulary;
    private readonly double _unknownScore;
    private readonly int[]? _bytePieces;

    public UnigramSegmenter(Vocabulary vocabulary)
    {
        _vocabulary = vocabulary;
        _unknownScore = vocabulary.Scores.Min() - UnknownPenalty;
        _bytePieces = vocabulary.ByteFallback ? [.. Enumerable.Range(0, 256).Select(b => vocabulary.Find($"<0x{b:X2}>"))] : null;
    }

    public List<int> Encode(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var best = ArrayPool<Arrival>.Shared.Rent(bytes.Length + 1);
        try
        {
            FindBest(bytes, best.AsSpan(0, bytes.Length + 1));
            return Ids(bytes, best);
        }
        finally
        {
            ArrayPool<Arrival>.Shared.Return(best);
        }
    }

    // best[i] is how the best segmentation of the first i bytes ends. Only ends of characters are ever reached.
    private void FindBest(ReadOnlySpan<byte> text, Span<Arrival> best)
    {
        best.Fill(Arrival.None);
        best[0] = new Arrival(0, 0, -1);
        for (int start = 0, next; start < text.Length; start = next)
        {
            Rune.DecodeFromUtf8(text[start..], out _, out var characterBytes);
            next = start + characterBytes;
            var isPiece = false;
            var node = PieceTrie.Root;
            for (var end = start; end < text.Length; end++)
            {
                node = _vocabulary.Trie.Child(node, text[end]);
                if (node < 0)
                {
                    break;
                }

                if (_vocabulary.Trie.IdAt(node) is var id and >= 0)
                {
                    Offer(ref best[end + 1], best[start].Score + _vocabulary.Scores[id], start, id);
                    isPiece |= end + 1 == next;
                }
            }

            if (!isPiece)
            {
                Offer(ref best[next], best[start].Score + _unknownScore, start, _vocabulary.UnknownId);
            }
        }
    }

    private static void Offer(ref Arrival best, double score, int start, int id)
    {
        if (best.Start < 0 || score > best.Score)
        {
            best = new Arrival(score, start, id);
        }
    }

    private List<int> Ids(ReadOnlySpan<byte> text, ReadOnlySpan<Arrival> best)
    {
        var pieces = new List<(int Start, int End, int Id)>();
        for (var end = text.Length; end > 0; end = best[end].Start)
        {
            var (_, start, id) = best[end];
            if (id == _vocabulary.UnknownId && pieces.Count > 0 && pieces[^1].Id == id)
            {
                pieces[^1] = (start, pieces[^1].End, id);
            }
            else
            {
                pieces.Add((start, end, id));
            }
        }

        var ids = new List<int>(pieces.Count);
        for (var i = pieces.Count - 1; i >= 0; i--)
        {
            var (start, end, id) = pieces[i];
            if (id == _vocabulary.UnknownId)
            {
                AddUnknown(text[start..end], ids);
            }
            else
            {
                ids.Add(id);
            }
        }

        return ids;
    }

    // A run of unknown characters is looked up whole first, as Hugging Face tokenizers does: where scores are high enough it may be a piece that lost to its own characters.
    private void AddUnknown(ReadOnlySpan<byte> run, List<int> ids)
    {
        var whole = _vocabulary.Trie.Find(run);
        if (whole >= 0)
        {
            ids.Add(whole);
            return;
        }

        var before = ids.Count;
        foreach (var b in run)
        {
            if (_bytePieces is null || _bytePieces[b] < 0)
            {
                ids.RemoveRange(before, ids.Count - before);
                ids.Add(_vocabulary.UnknownId);
                return;
            }

            ids.Add(_bytePieces[b]);
        }
    }

    private readonly record struct Arrival(double Score, int Start, int Id)
    {
        public static Arrival None { get; } = new(0, -1, -1);
    }
}
