using System.Globalization;
using System.Text;

namespace LoadLab.Workload;

/// <summary>Reads plain Python values off a line, left to right, without evaluating anything.</summary>
/// <param name="text">The line.</param>
internal sealed class PythonLiterals(string text)
{
    private const int MaxDepth = 8;
    private const int MaxItems = 4096;
    private const int MaxNumber = 400;
    private int _at;
    private int _items;

    /// <summary>Character of the line that comes next, from 1.</summary>
    public int Place => _at + 1;

    public bool Ended
    {
        get
        {
            Blanks();
            return _at == text.Length;
        }
    }

    public bool Sees(string mark)
    {
        Blanks();
        return string.CompareOrdinal(text, _at, mark, 0, mark.Length) == 0;
    }

    public bool Take(string mark)
    {
        var seen = Sees(mark);
        _at += seen ? mark.Length : 0;
        return seen;
    }

    /// <summary>An ASCII name; null when none stands here.</summary>
    public string? Name()
    {
        Blanks();
        var from = _at;
        while (_at < text.Length && (char.IsAsciiLetter(text[_at]) || text[_at] == '_' || (_at > from && char.IsAsciiDigit(text[_at]))))
        {
            _at++;
        }

        return _at > from ? text[from.._at] : null;
    }

    /// <summary>The text of a value: a number with its digits, a text without its escapes, empty for None and lists; null when no plain value stands here.</summary>
    public string? Value() => Value(0);

    private string? Value(int depth)
    {
        Blanks();
        if (_at == text.Length)
        {
            return null;
        }

        return text[_at] switch
        {
            '\'' or '"' => Text(text[_at]),
            '[' => List(depth, "[", "]"),
            '(' => List(depth, "(", ")"),
            '-' or '+' or '.' or (>= '0' and <= '9') => Number(),
            _ => Constant(),
        };
    }

    private string? Constant() => Name() switch
    {
        "None" => "",
        "True" => "true",
        "False" => "false",
        _ => null,
    };

    private string? Number()
    {
        var from = _at;
        while (_at < text.Length && (char.IsAsciiDigit(text[_at]) || text[_at] is '.' or 'e' or 'E' or '+' or '-'))
        {
            _at++;
        }

        var number = text.AsSpan(from, _at - from);
        return number.Length <= MaxNumber && double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out _) ? number.ToString() : null;
    }

    private string? List(int depth, string open, string close)
    {
        Take(open);
        var first = true;
        while (!Take(close))
        {
            if (depth == MaxDepth || ++_items > MaxItems || (!first && !Take(",")))
            {
                return null;
            }

            if (!Sees(close) && Value(depth + 1) is null)
            {
                return null;
            }

            first = false;
        }

        return "";
    }

    private string? Text(char quote)
    {
        var value = new StringBuilder();
        for (_at++; _at < text.Length; _at++)
        {
            var c = text[_at];
            if (c == quote)
            {
                _at++;
                return value.ToString();
            }

            if (c != '\\')
            {
                value.Append(c);
            }
            else if (!Escape(value))
            {
                return null;
            }
        }

        return null;
    }

    /// <summary>The escapes that Python prints; an unknown one keeps its backslash, as there.</summary>
    private bool Escape(StringBuilder value)
    {
        if (++_at >= text.Length)
        {
            return false;
        }

        switch (text[_at])
        {
            case 'n': value.Append('\n'); break;
            case 'r': value.Append('\r'); break;
            case 't': value.Append('\t'); break;
            case '\\' or '\'' or '"': value.Append(text[_at]); break;
            case 'x': return Code(value, 2);
            case 'u': return Code(value, 4);
            case 'U': return Code(value, 8);
            case 'N': return false;
            default: value.Append('\\').Append(text[_at]); break;
        }

        return true;
    }

    /// <summary>A code point in hex; one that is no character (a lone surrogate) becomes the replacement character.</summary>
    private bool Code(StringBuilder value, int digits)
    {
        if (_at + digits >= text.Length || !uint.TryParse(text.AsSpan(_at + 1, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code))
        {
            return false;
        }

        _at += digits;
        value.Append((Rune.IsValid(code) ? new Rune(code) : Rune.ReplacementChar).ToString());
        return code <= 0x10FFFF;
    }

    private void Blanks()
    {
        while (_at < text.Length && text[_at] is ' ' or '\t')
        {
            _at++;
        }
    }
}
