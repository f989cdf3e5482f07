using System.Text;

namespace LoadLab.Core.Tests;

/// <summary>Damages a valid text in the ways files get damaged: flipped, lost and doubled bytes, moved lines, hostile values. One seed, one mutant.</summary>
internal sealed class Mutator(ulong seed)
{
    private static readonly string[] s_values =
    [
        "", "-1", "0", "1e999", "NaN", "Infinity", "-0", "99999999999999999999", "0x10", "null", "~", "true", "[]", "{}", "\"", "'", "''", ",", ":", "&a", "*a", "!!int", "|", ">", "%", "@",
        "\t", "\0", "\uFEFF", "\u2028", "é", "\U0001F600", "1/s", "0/s", "-3/s", "10m", "9e99d", "160x96", "0x0", "2026-13-45T99:99Z", "..", "0..0", "../../etc", "zipf(", "zipf(-1)", "99:99",
    ];

    private readonly RandomStream _random = new(new Seed(seed));

    public string Mutate(string text)
    {
        var mutant = new StringBuilder(text);
        for (var n = 1 + _random.NextInt(3); n > 0; n--)
        {
            Once(mutant);
        }

        return mutant.ToString();
    }

    private void Once(StringBuilder text)
    {
        if (text.Length < 4)
        {
            text.Append(Value());
            return;
        }

        var at = _random.NextInt(text.Length - 2);
        switch (_random.NextInt(8))
        {
            case 0:
                text[at] = (char)(text[at] ^ (1 << _random.NextInt(7)));
                break;
            case 1:
                text.Remove(at, 1 + _random.NextInt(Math.Min(8, text.Length - at - 1)));
                break;
            case 2:
                text.Insert(at, Value());
                break;
            case 3:
                Line(text, at, (from, length) => text.Insert(from, text.ToString(from, length)));
                break;
            case 4:
                Line(text, at, (from, length) => text.Remove(from, length));
                break;
            case 5:
                Word(text, at);
                break;
            case 6:
                text.Insert(at, text.ToString(_random.NextInt(text.Length - 1), 1));
                break;
            default:
                text.Length = _random.NextInt(4) == 0 ? at : text.Length;
                Word(text, Math.Min(at, text.Length - 1));
                break;
        }
    }

    /// <summary>Replaces the word around a place by a hostile value.</summary>
    private void Word(StringBuilder text, int at)
    {
        var from = Math.Max(at, 0);
        while (from > 0 && IsWord(text[from - 1]))
        {
            from--;
        }

        var to = from;
        while (to < text.Length && IsWord(text[to]))
        {
            to++;
        }

        text.Remove(from, to - from).Insert(from, Value());
    }

    private static void Line(StringBuilder text, int at, Action<int, int> change)
    {
        var whole = text.ToString();
        var from = whole.LastIndexOf('\n', at) + 1;
        var end = whole.IndexOf('\n', from);
        change(from, (end < 0 ? whole.Length : end + 1) - from);
    }

    private static bool IsWord(char c) => char.IsLetterOrDigit(c) || c is '.' or '-' or '/' or '_';

    private string Value() => s_values[_random.NextInt(s_values.Length)];
}
