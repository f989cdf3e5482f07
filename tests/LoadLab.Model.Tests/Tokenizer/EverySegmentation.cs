namespace LoadLab.Model.Tests.Tokenizer;

/// <summary>
/// The best segmentation of a short text, by looking at every one. Scores are added from left to right; of equal sums the one that sorts first by
/// its cuts read from the end, the lower cut first, which is the longer last piece first.
/// </summary>
internal sealed class EverySegmentation((string Piece, double Score)[] vocabulary, int unknown)
{
    private const double UnknownPenalty = 10;

    private readonly double _unknownScore = vocabulary.Min(piece => piece.Score) - UnknownPenalty;
    private readonly Dictionary<string, int> _ids = vocabulary.Select((piece, id) => (piece.Piece, id)).ToDictionary(p => p.Piece, p => p.id);

    public (int[] Ids, bool Tied) Of(string text)
    {
        var all = All(text, 0, 0).ToList();
        var best = all.Max(found => found.Score);
        var equal = all.Where(found => found.Score == best).ToList();
        var (_, ids, _) = equal.Aggregate((a, b) => ComesFirst(b.Cuts, a.Cuts) ? b : a);
        var fused = ids.Where((id, i) => id != unknown || i == 0 || ids[i - 1] != unknown);
        return ([.. fused], equal.Count > 1);
    }

    private IEnumerable<(double Score, int[] Ids, int[] Cuts)> All(string text, int from, double before)
    {
        if (from == text.Length)
        {
            yield return (before, [], []);
        }

        for (var to = from + 1; to <= text.Length; to++)
        {
            var known = _ids.TryGetValue(text[from..to], out var id);
            if (!known && to > from + 1)
            {
                continue;
            }

            var score = before + (known ? vocabulary[id].Score : _unknownScore);
            foreach (var (sum, ids, cuts) in All(text, to, score))
            {
                yield return (sum, [known ? id : unknown, .. ids], [from, .. cuts]);
            }
        }
    }

    private static bool ComesFirst(int[] a, int[] b)
    {
        for (var i = 1; i <= Math.Min(a.Length, b.Length); i++)
        {
            if (a[^i] != b[^i])
            {
                return a[^i] < b[^i];
            }
        }

        return a.Length < b.Length;
    }
}
