using LoadLab.Core.Input;
using LoadLab.Core.Runs;

namespace LoadLab.Workload;

/// <summary>Reads a trace file. Damaged rows are counted and named; a file with too many of them is refused.</summary>
public static class TraceReader
{
    /// <summary>Unpacked.</summary>
    private const long MaxBytes = 1L << 30;

    private const int MaxRows = 5_000_000;

    /// <param name="path">A plain or gzip file.</param>
    /// <param name="format">Found from the first line when null.</param>
    /// <param name="maxMalformedShare">Of all rows.</param>
    /// <exception cref="InputException">The file cannot be read, is of no known format, is too large, is empty or holds too many damaged rows.</exception>
    public static Trace Read(string path, TraceFormat? format = null, double maxMalformedShare = TraceReading.DefaultMalformedShare) =>
        Read(path, new TraceReading { Format = format, MaxMalformedShare = maxMalformedShare });

    /// <param name="path">A plain or gzip file.</param>
    /// <param name="reading">What the file does not say itself.</param>
    /// <exception cref="InputException">As above.</exception>
    public static Trace Read(string path, TraceReading reading)
    {
        using var file = new PackedFile(path, MaxBytes);
        var trace = Read(new TraceLines(file.Read), path, reading);
        return trace.Format == TraceFormat.LoadLab && TraceOrigin.Beside(path) is { } origin ? origin.Into(trace) : trace;
    }

    internal static Trace Read(TraceLines lines, string path, TraceReading reading)
    {
        var first = lines.Next(out _) ?? "";
        var row = new TraceFields(Syntax(path, first));
        var layout = Open(path, first, row, reading);
        var rows = new TraceRows(path, layout, reading.Unit ?? layout.Unit);
        var line = row.Syntax.HasHeader ? lines.Next(out var tooLong) : Same(first, out tooLong);
        for (; line is not null; line = lines.Next(out tooLong))
        {
            if (line.Length == 0 && !tooLong)
            {
                continue;
            }

            rows.Take(lines.Number, tooLong ? $"is longer than {Csv.MaxLineLength} bytes" : row.Syntax.Split(line, row), row);
            if (rows.Count > MaxRows)
            {
                throw new InputException(new Problem(path, lines.Number, "", null, $"has more than {MaxRows} rows", "cut the part you need"));
            }
        }

        return rows.Finish(reading.MaxMalformedShare);
    }

    /// <summary>Null for a word that names no format.</summary>
    public static TraceFormat? FormatOf(string word) =>
        Formats.Where(format => format.Word == word).Select(format => (TraceFormat?)format.Format).FirstOrDefault();

    /// <summary>Every format that can be named, with its word; a column map stands in place of a name.</summary>
    public static IReadOnlyList<(string Word, TraceFormat Format)> Formats { get; } =
        [.. Enum.GetValues<TraceFormat>().Where(format => format != TraceFormat.Columns).Select(format => (Trace.WordOf(format), format))];

    private static ITraceSyntax Syntax(string path, string first)
    {
        var text = first.TrimStart();
        return text.StartsWith('{') ? new JsonLines()
            : text.StartsWith('[') ? throw new InputException(new Problem(path, 1, "", null, "is not a header of a known trace of arrivals: it begins a JSON list", "write one object a line, for example with jq -c .[]"))
            : text.StartsWith(RequestLines.Opening, StringComparison.Ordinal) ? new RequestLines()
            : (ITraceSyntax?)DelimitedLines.Open(first) ?? throw new InputException(new Problem(path, 1, "", null, "is not a header of a known trace of arrivals", $"known: {TraceFormats.Words}"));
    }

    private static TraceLayout Open(string path, string first, TraceFields row, TraceReading reading)
    {
        if (row.Syntax is DelimitedLines delimited)
        {
            row.Name(delimited.Names);
        }
        else
        {
            row.Syntax.Split(first, row);
        }

        return TraceFormats.Open(path, row, reading);
    }

    private static string? Same(string line, out bool tooLong)
    {
        tooLong = false;
        return line;
    }
}
