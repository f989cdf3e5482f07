using System.Globalization;
using System.Text;

namespace LoadLab.Model.Server.Safety;

/// <summary>
/// Refuses prompts that hold a listed word or phrase: whole words, in any case, whatever stands between the words. Letters, digits and marks of any script make a
/// word; invisible characters inside one and full-width forms hide nothing. In scripts without spaces between words, a listed word must stand alone.
/// </summary>
/// <remarks>Time grows with the prompt's length alone: one pass, and one look-up for each word and length of a phrase, at most <see cref="MaxPhrase"/>.</remarks>
internal sealed class WordCheck : IContentCheck
{
    /// <summary>Words of a phrase; the others are not looked at.</summary>
    public const int MaxPhrase = 8;

    /// <summary>Characters of a prompt that are read: past any that the server takes.</summary>
    private const int MaxPrompt = 1 << 20;
    private const int AskEvery = 1024;

    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _phrases;
    private readonly int _longest;

    /// <param name="words">Words and phrases; what holds no letter or digit is left out.</param>
    public WordCheck(IEnumerable<string> words)
    {
        var phrases = new HashSet<string>(StringComparer.Ordinal);
        foreach (var word in words)
        {
            var (text, starts) = Fold(word, CancellationToken.None);
            if (starts.Count > 0)
            {
                phrases.Add(text[..End(text, starts, Math.Min(starts.Count, MaxPhrase) - 1)]);
                _longest = Math.Max(_longest, Math.Min(starts.Count, MaxPhrase));
            }
        }

        _phrases = phrases.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public string? Refusal(Content content, CancellationToken cancellationToken)
    {
        var (text, starts) = Fold(content.Prompt, cancellationToken);
        for (var first = 0; first < starts.Count; first++)
        {
            if (first % AskEvery == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            for (var last = first; last < Math.Min(first + _longest, starts.Count); last++)
            {
                if (_phrases.Contains(text.AsSpan(starts[first]..End(text, starts, last))))
                {
                    return "the prompt holds a word that this server refuses";
                }
            }
        }

        return null;
    }

    /// <summary>Where the word ends: before the space that divides it from the next one.</summary>
    private static int End(string text, List<int> starts, int word) => word + 1 < starts.Count ? starts[word + 1] - 1 : text.Length;

    /// <summary>The words of a text in one case, one space between two, and where each begins.</summary>
    private static (string Text, List<int> Starts) Fold(string text, CancellationToken cancellationToken)
    {
        var folded = new StringBuilder(Math.Min(text.Length, MaxPrompt));
        var starts = new List<int>();
        var (inside, read) = (false, 0);
        foreach (var rune in text.AsSpan(0, Math.Min(text.Length, MaxPrompt)).EnumerateRunes())
        {
            if (read++ % AskEvery == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            var category = Rune.GetUnicodeCategory(rune);
            if (category == UnicodeCategory.Format)
            {
                continue;
            }

            if (!IsWord(category))
            {
                inside = false;
                continue;
            }

            if (!inside)
            {
                folded.Append(starts.Count > 0 ? " " : "");
                starts.Add(folded.Length);
                inside = true;
            }

            folded.Append(Fold(rune));
        }

        return (folded.ToString(), starts);
    }

    private static bool IsWord(UnicodeCategory category) => category
        is UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter
        or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber
        or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;

    /// <summary>One case: up, then down, so that letters with several small forms (s and long s, sigma) come out alike. Full-width forms become ASCII.</summary>
    private static Rune Fold(Rune rune)
    {
        var narrow = rune.Value is >= 0xFF01 and <= 0xFF5E ? new Rune(rune.Value - 0xFEE0) : rune;
        return Rune.ToLowerInvariant(Rune.ToUpperInvariant(narrow));
    }
}
