using System.Globalization;
using LoadLab.Core.Runs;

namespace LoadLab.Workload;

/// <summary>Rows divided by commas (RFC 4180) or tabs. Without a header, which a number in its place gives away, columns are called #1, #2 and so on.</summary>
internal sealed class DelimitedLines : ITraceSyntax
{
    private const int MaxColumns = 1000;

    private DelimitedLines(bool tabs, bool header, IReadOnlyList<string> names)
    {
        Tabs = tabs;
        HasHeader = header;
        Names = names;
    }

    public bool Tabs { get; }

    public bool HasHeader { get; }

    public IReadOnlyList<string> Names { get; }

    /// <summary>Null when the first line cannot be taken apart.</summary>
    public static DelimitedLines? Open(string first)
    {
        var tab = first.IndexOf('\t', StringComparison.Ordinal);
        var comma = first.IndexOf(',', StringComparison.Ordinal);
        var tabs = tab >= 0 && (comma < 0 || tab < comma);
        if (Split(first, tabs) is not { Count: > 0 and <= MaxColumns } fields)
        {
            return null;
        }

        var header = !decimal.TryParse(fields[0], NumberStyles.Float, CultureInfo.InvariantCulture, out _);
        return new DelimitedLines(tabs, header, header ? fields : [.. Enumerable.Range(1, fields.Count).Select(number => $"#{number}")]);
    }

    public string? Split(string line, TraceFields row)
    {
        if (Split(line, Tabs) is not { } fields)
        {
            return "has broken quotes";
        }

        row.Row(fields);
        return null;
    }

    private static List<string>? Split(string line, bool tabs) => tabs ? [.. line.Split('\t')] : Csv.Split(line);
}
