using System.Text;
using System.Text.RegularExpressions;

namespace LoadLab.Model.Tokenizer;

/// <summary>
/// The part of ftfy's <c>fix_text</c> (6.3, github.com/rspeer/python-ftfy) that changes ids of prompts people write. Done: UTF-8 that was read as
/// Latin-1 or Windows-1252 is read again, where the whole text is valid that way and looks it; C1 controls become what Windows-1252 has at their
/// place; Latin ligatures and full-width ASCII become letters; curly quotes straight; terminal escapes and control characters go; a lone
/// surrogate becomes U+FFFD. Not done: other code pages, mojibake in only a part of a text or with lost bytes, half-width kana and NFC (the
/// checkpoint's own normaliser composes and widens), and HTML entities, which <see cref="PromptCleaner"/> unescapes.
/// </summary>
internal static partial class TextRepair
{
    private const int MaxPasses = 4;

    // What Windows-1252 has at 0x80 to 0x9F; the five places that it leaves open stand for themselves, as web browsers read it.
    private const string Windows1252 =
        "\u20AC\u0081\u201A\u0192\u201E\u2026\u2020\u2021\u02C6\u2030\u0160\u2039\u0152\u008D\u017D\u008F" +
        "\u0090\u2018\u2019\u201C\u201D\u2022\u2013\u2014\u02DC\u2122\u0161\u203A\u0153\u009D\u017E\u0178";

    private const int FirstC1 = 0x80;
    private const int FirstLatin1 = 0xA0;

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    // Continuation bytes whose Windows-1252 character may well follow an accented letter: … ‘ ’ “ ” – — › » no-break space and the letters ƒ Š Œ Ž š œ ž Ÿ.
    private static readonly byte[] Ordinary = [0x83, 0x85, 0x8A, 0x8C, 0x8E, 0x91, 0x92, 0x93, 0x94, 0x96, 0x97, 0x9A, 0x9B, 0x9C, 0x9E, 0x9F, 0xA0, 0xBB];

    private static readonly Dictionary<char, string> Ligatures = new()
    {
        ['Ĳ'] = "IJ", ['ĳ'] = "ij", ['ŉ'] = "'n",
        ['Ǳ'] = "DZ", ['ǲ'] = "Dz", ['ǳ'] = "dz", ['Ǆ'] = "DŽ", ['ǅ'] = "Dž", ['ǆ'] = "dž",
        ['Ǉ'] = "LJ", ['ǈ'] = "Lj", ['ǉ'] = "lj", ['Ǌ'] = "NJ", ['ǋ'] = "Nj", ['ǌ'] = "nj",
        ['ﬀ'] = "ff", ['ﬁ'] = "fi", ['ﬂ'] = "fl", ['ﬃ'] = "ffi", ['ﬄ'] = "ffl", ['ﬅ'] = "ſt", ['ﬆ'] = "st",
    };

    public static string Repair(string text)
    {
        for (var pass = 0; pass < MaxPasses && ReadAgain(text) is { } better; pass++)
        {
            text = better;
        }

        var result = new StringBuilder(text.Length);
        foreach (var rune in TerminalEscape().Replace(text, "").EnumerateRunes())
        {
            if (rune.IsBmp)
            {
                AppendRepaired((char)rune.Value, result);
            }
            else
            {
                result.Append(rune);
            }
        }

        return result.ToString();
    }

    private static void AppendRepaired(char c, StringBuilder result)
    {
        c = c is >= (char)FirstC1 and < (char)FirstLatin1 ? Windows1252[c - FirstC1] : c;
        switch (c)
        {
            case 'ʼ' or (>= '‘' and <= '‛'):
                result.Append('\'');
                break;
            case >= '“' and <= '‟':
                result.Append('"');
                break;
            case >= '！' and <= '～':
                result.Append((char)(c - '！' + '!'));
                break;
            case (< ' ' and not ('\t' or '\n' or '\f' or '\r')) or '\u007F' or '\uFEFF' or (>= '\u206A' and <= '\u206F') or (>= '\uFFF9' and <= '\uFFFC'):
                break;
            default:
                if (Ligatures.TryGetValue(c, out var letters))
                {
                    result.Append(letters);
                }
                else
                {
                    result.Append(c);
                }

                break;
        }
    }

    // The text as it was before its UTF-8 was read as single bytes; null when it was not, or may not have been.
    private static string? ReadAgain(string text)
    {
        var bytes = new byte[text.Length];
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            var place = c < FirstC1 || (c >= FirstLatin1 && c <= byte.MaxValue) ? c : Windows1252.IndexOf(c) is var at and >= 0 ? FirstC1 + at : c;
            if (place > byte.MaxValue)
            {
                return null;
            }

            bytes[i] = (byte)place;
        }

        // ASCII, or accented letters with nothing after them that gives mojibake away: é, “Übergröße”, AMANHÃ…
        if (!bytes.Any(b => b is >= FirstC1 and < 0xC0 && !Ordinary.Contains(b)))
        {
            return null;
        }

        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    [GeneratedRegex(@"\e\[[0-9;]*[a-zA-Z]")]
    private static partial Regex TerminalEscape();
}
