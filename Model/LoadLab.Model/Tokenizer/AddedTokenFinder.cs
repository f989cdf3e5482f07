using System.Buffers;
using System.Globalization;
using System.Text;

namespace LoadLab.Model.Tokenizer;

/// <summary>Cuts a text at added tokens: from left to right, the longest where several begin at one place.</summary>
internal sealed class AddedTokenFinder
{
    private readonly Dictionary<string, AddedToken> _tokens;
    private readonly int[] _lengths;
    private readonly SearchValues<char> _firstCharacters;

    /// <param name="tokens">Tokens by the text to look for, which is not empty.</param>
    public AddedTokenFinder(Dictionary<string, AddedToken> tokens)
    {
        _tokens = tokens;
        _lengths = [.. tokens.Keys.Select(text => text.Length).Distinct().OrderDescending()];
        _firstCharacters = SearchValues.Create([.. tokens.Keys.Select(text => text[0]).Distinct()]);
    }

    /// <summary>The text in parts that are not empty: ordinary text, whose token is null, and tokens. <c>From</c> is where the part begins.</summary>
    public IEnumerable<(string Text, int From, AddedToken? Token)> Split(string text)
    {
        var done = 0;
        for (var at = 0; TryFind(text, at, out var found, out var token);)
        {
            at = found.End;
            if (token.SingleWord && !StandsAlone(text, found.Start, found.End))
            {
                continue;
            }

            var (from, to) = (token.TakesLeft ? SkipSpaceBefore(text, found.Start, done) : found.Start, token.TakesRight ? SkipSpaceAfter(text, found.End) : found.End);
            if (from > done)
            {
                yield return (text[done..from], done, null);
            }

            // The whitespace taken on the right may reach into the next match's beginning, never past it: a token does not begin with what was skipped.
            yield return (text[from..to], from, token);
            (done, at) = (to, Math.Max(at, to));
        }

        if (done < text.Length)
        {
            yield return (text[done..], done, null);
        }
    }

    private bool TryFind(string text, int from, out (int Start, int End) found, out AddedToken token)
    {
        var lookup = _tokens.GetAlternateLookup<ReadOnlySpan<char>>();
        for (var at = from; at < text.Length; at++)
        {
            var skip = text.AsSpan(at).IndexOfAny(_firstCharacters);
            if (skip < 0)
            {
                break;
            }

            at += skip;
            foreach (var length in _lengths)
            {
                if (length <= text.Length - at && lookup.TryGetValue(text.AsSpan(at, length), out token!))
                {
                    found = (at, at + length);
                    return true;
                }
            }
        }

        (found, token) = (default, null!);
        return false;
    }

    private static bool StandsAlone(string text, int start, int end)
    {
        Rune.DecodeLastFromUtf16(text.AsSpan(0, start), out var before, out _);
        Rune.DecodeFromUtf16(text.AsSpan(end), out var after, out _);
        return (start == 0 || !IsWord(before)) && (end == text.Length || !IsWord(after));
    }

    // As \w of Unicode Technical Standard 18: letters, digits, marks, connectors and the two joiners U+200C and U+200D.
    private static bool IsWord(Rune rune) => Rune.IsLetterOrDigit(rune) || rune.Value is 0x200C or 0x200D || Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.ConnectorPunctuation or UnicodeCategory.LetterNumber
        or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark;

    private static int SkipSpaceBefore(string text, int at, int floor)
    {
        while (at > floor && char.IsWhiteSpace(text[at - 1]))
        {
            at--;
        }

        return at;
    }

    private static int SkipSpaceAfter(string text, int at)
    {
        while (at < text.Length && char.IsWhiteSpace(text[at]))
        {
            at++;
        }

        return at;
    }
}
