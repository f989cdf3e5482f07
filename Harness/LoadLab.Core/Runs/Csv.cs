using System.Globalization;
using System.Text;

namespace LoadLab.Core.Runs;

/// <summary>RFC 4180 rows with LF ends. Empty = absent.</summary>
public static class Csv
{
    public const int MaxLineLength = 1 << 16;

    public static string Line(params ReadOnlySpan<string> fields)
    {
        var line = new StringBuilder();
        for (var i = 0; i < fields.Length; i++)
        {
            if (i > 0)
            {
                line.Append(',');
            }

            line.Append(Field(fields[i]));
        }

        return line.Append('\n').ToString();
    }

    public static string Text(long? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "";

    public static string Text(Instant? value) => value?.ToString() ?? "";

    public static string Text(Duration? value) => value?.ToString() ?? "";

    /// <summary>Shortest text that reads back as the same double; empty for null.</summary>
    public static string Text(double? value) => value?.ToString("R", CultureInfo.InvariantCulture) ?? "";

    /// <summary>The fields of one line (without its end). Null when quoting is broken. A quoted field does not span lines here: no file of ours needs it.</summary>
    public static List<string>? Split(string line)
    {
        var fields = new List<string>();
        var at = 0;
        while (true)
        {
            if (at < line.Length && line[at] == '"')
            {
                if (Quoted(line, ref at) is not { } field)
                {
                    return null;
                }

                fields.Add(field);
            }
            else
            {
                var end = line.IndexOf(',', at);
                end = end < 0 ? line.Length : end;
                fields.Add(line[at..end]);
                at = end;
            }

            if (at >= line.Length)
            {
                return fields;
            }

            if (line[at++] != ',')
            {
                return null;
            }

            if (at == line.Length)
            {
                fields.Add("");
                return fields;
            }
        }
    }

    private static string? Quoted(string line, ref int at)
    {
        var text = new StringBuilder();
        for (at++; at < line.Length; at++)
        {
            if (line[at] != '"')
            {
                text.Append(line[at]);
            }
            else if (at + 1 < line.Length && line[at + 1] == '"')
            {
                text.Append(line[at++]);
            }
            else
            {
                at++;
                return text.ToString();
            }
        }

        return null;
    }

    /// <summary>The text as it stands in a line: quoted where it must be.</summary>
    public static string Field(string field) => field.AsSpan().IndexOfAny(",\"\n\r") < 0
        ? field
        : $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal).Replace('\n', ' ').Replace('\r', ' ')}\"";
}
