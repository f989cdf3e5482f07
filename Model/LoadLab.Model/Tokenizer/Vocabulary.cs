using System.Text;
using System.Text.Json;

namespace LoadLab.Model.Tokenizer;

/// <summary>The pieces of a unigram model, each with its score: the logarithm of its probability. A piece's id is its place in the list.</summary>
internal sealed class Vocabulary
{
    public const int MaxPieces = 1_000_000;
    public const int MaxPieceBytes = 256;
    public const int MaxTotalBytes = 16 << 20;

    /// <summary>Above every score that a logarithm gives; keeps the sum over any prompt finite.</summary>
    public const double MaxScore = 1e9;

    private Vocabulary(PieceTrie trie, double[] scores, int unknownId, bool byteFallback)
    {
        Trie = trie;
        Scores = scores;
        UnknownId = unknownId;
        ByteFallback = byteFallback;
    }

    public PieceTrie Trie { get; }

    public double[] Scores { get; }

    public int UnknownId { get; }

    /// <summary>Whether a character without a piece is written as its bytes, pieces named &lt;0x00&gt; to &lt;0xFF&gt;.</summary>
    public bool ByteFallback { get; }

    public int Count => Scores.Length;

    /// <summary>Reads the file's <c>model</c>. Null when there is a problem.</summary>
    public static Vocabulary? Read(JsonPart model)
    {
        if (!model.IsObjectOf("type", "unk_id", "vocab", "byte_fallback"))
        {
            return null;
        }

        if (model.RequireText("type") is { } type && type != "Unigram")
        {
            model.Problem($"type is '{JsonPart.Cut(type)}'; only 'Unigram' is supported");
            return null;
        }

        var byteFallback = model.Flag("byte_fallback", absent: false);
        if (model.Require("vocab") is not { } vocab || !vocab.Is(JsonValueKind.Array, "an array of [piece, score]"))
        {
            return null;
        }

        var count = vocab.Element.GetArrayLength();
        if (count is 0 or > MaxPieces)
        {
            vocab.Problem($"has {count} pieces; there must be 1 to {MaxPieces}");
            return null;
        }

        var unknown = model.RequireId("unk_id", count - 1);
        return ReadPieces(vocab) is var (trie, scores) && unknown is { } id ? new Vocabulary(trie, scores, id, byteFallback) : null;
    }

    public int Find(string piece) => Trie.Find(Encoding.UTF8.GetBytes(piece));

    // Null when a piece or the list of them is refused.
    private static (PieceTrie Trie, double[] Scores)? ReadPieces(JsonPart vocab)
    {
        var (pieces, scores, totalBytes) = (new List<byte[]>(), new List<double>(), 0L);
        var index = 0;
        foreach (var entry in vocab.Element.EnumerateArray())
        {
            if (ReadEntry(entry, out var problem) is var (piece, score))
            {
                pieces.Add(piece);
                scores.Add(score);
                totalBytes += piece.Length;
            }
            else
            {
                vocab.Problems.Add($"{vocab.Path}[{index}]", problem);
            }

            index++;
        }

        if (totalBytes > MaxTotalBytes)
        {
            vocab.Problem($"the pieces have {totalBytes} bytes together; the limit is {MaxTotalBytes}");
            return null;
        }

        if (pieces.Count < index)
        {
            return null;
        }

        var trie = PieceTrie.Build(pieces, (first, second) => vocab.Problems.Add(
            $"{vocab.Path}[{second}]", $"piece '{JsonPart.Cut(Encoding.UTF8.GetString(pieces[second]))}' stands already at {first}; a piece must stand once"));
        return (trie, [.. scores]);
    }

    private static (byte[] Piece, double Score)? ReadEntry(JsonElement entry, out string problem)
    {
        problem = "must be [piece, score], a string and a number";
        if (entry.ValueKind != JsonValueKind.Array || entry.GetArrayLength() != 2 || entry[0].ValueKind != JsonValueKind.String || entry[1].ValueKind != JsonValueKind.Number)
        {
            return null;
        }

        var piece = Encoding.UTF8.GetBytes(entry[0].GetString()!);
        if (piece.Length is 0 or > MaxPieceBytes)
        {
            problem = $"the piece has {piece.Length} bytes; it must have 1 to {MaxPieceBytes}";
            return null;
        }

        if (!entry[1].TryGetDouble(out var score) || !(Math.Abs(score) <= MaxScore))
        {
            problem = $"score {JsonPart.Cut(entry[1].GetRawText())} must lie within {-MaxScore:g} and {MaxScore:g}";
            return null;
        }

        return (piece, score);
    }
}
