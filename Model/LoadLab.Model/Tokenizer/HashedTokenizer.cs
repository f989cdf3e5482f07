using System.Text;

namespace LoadLab.Model.Tokenizer;

/// <summary>
/// The tokenizer of the small models, whose weights are random: it needs no file and never changes. A cleaned prompt is split at spaces; a word is cut into pieces of at
/// most four Unicode scalars; the first piece of a word is marked with '▁'. A piece's id is 4 + FNV-1a-64(UTF-8 of the piece) mod (vocabulary - 4). Ids 0 to 3 are
/// &lt;pad&gt;, &lt;/s&gt;, &lt;s&gt;, &lt;unk&gt; as in umT5; &lt;/s&gt; ends every prompt. It does not stand in for the umT5 tokenizer of a real checkpoint.
/// </summary>
internal sealed class HashedTokenizer(int vocabularySize) : ITokenizer
{
    private const int EndOfText = 1;
    private const int FirstPiece = 4;
    private const int ScalarsPerPiece = 4;

    public int[] Encode(string prompt, int maxLength)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxLength, 1);
        var pieces = PromptCleaner.Clean(prompt)
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .SelectMany(Pieces)
            .Take(maxLength - 1);
        return [.. pieces.Select(Id), EndOfText];
    }

    private static IEnumerable<string> Pieces(string word)
    {
        var piece = new StringBuilder("▁");
        var scalars = 0;
        foreach (var rune in word.EnumerateRunes())
        {
            if (scalars == ScalarsPerPiece)
            {
                yield return piece.ToString();
                piece.Clear();
                scalars = 0;
            }

            piece.Append(rune);
            scalars++;
        }

        yield return piece.ToString();
    }

    private int Id(string piece) => FirstPiece + (int)(Fnv1A.Hash(piece) % (ulong)(vocabularySize - FirstPiece));
}
