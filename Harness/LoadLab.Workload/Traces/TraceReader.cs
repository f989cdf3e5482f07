using System.Globalization;
using LoadLab.Core.Input;
using LoadLab.Core.Runs;

namespace LoadLab.Workload;

/// <summary>Reads a trace file. Damaged rows are counted and named; a file with too many of them is refused.</summary>
public static class TraceReader
{
    /// <summary>Share of damaged rows above which a trace is refused, unless told otherwise.</summary>
    public const double DefaultMalformedShare = 0.01;

    /// <summary>Unpacked.</summary>
    private const long MaxBytes = 1L << 30;

    private const int MaxRows = 5_000_000;
    private const int Examples = 5;

    /// <param name="path">A plain or gzip file.</param>
    /// <param name="format">Found from the header line when null.</param>
    /// <param name="maxMalformedShare">Of all rows.</param>
    /// <exception cref="InputException">The file cannot be read, is of no known format, is too large, is empty or holds too many damaged rows.</exception>
    public static Trace Read(string path, TraceFormat? format = null, double maxMalformedShare = DefaultMalformedShare)
    {
        using var file = new PackedFile(path, MaxBytes);
        return Read(new TraceLines(file.Read), path, format, maxMalformedShare);
    }

    internal static Trace Read(TraceLines lines, string path, TraceFormat? format, double maxMalformedShare)
    {
        var (header, layout) = Header(lines, path, format);
        var rows = new List<TraceRow>();
        var examples = new List<Problem>();
        var malformed = 0;
        while (lines.Next(out var tooLong) is { } line)
        {
            if (line.Length == 0 && !tooLong)
            {
                continue;
            }

            var fault = tooLong ? $"is longer than {Csv.MaxLineLength} bytes" : Row(line, lines.Number, header, layout, rows);
            if (fault is not null && ++malformed <= Examples)
            {
                examples.Add(new Problem(path, lines.Number, "", null, $"row {fault}", "it is left out"));
            }

            if (rows.Count + malformed > MaxRows)
            {
                throw new InputException(new Problem(path, lines.Number, "", null, $"has more than {MaxRows} rows", "cut the part you need"));
            }
        }

        Refuse(path, rows.Count, malformed, maxMalformedShare, examples);
        return Sorted(path, layout, rows) with { Malformed = malformed, MalformedExamples = examples };
    }

    /// <summary>Null for a word that names no format.</summary>
    public static TraceFormat? FormatOf(string word) => Enum.GetValues<TraceFormat>().Cast<TraceFormat?>().FirstOrDefault(format => Trace.WordOf(format!.Value) == word);

    private static (TraceColumns Header, TraceLayout Layout) Header(TraceLines lines, string path, TraceFormat? format)
    {
        var fields = lines.Next(out _) is { Length: > 0 } line ? Csv.Split(line) : null;
        var header = new TraceColumns(fields ?? []);
        if (TraceLayout.Find(header, format) is { } layout)
        {
            return (header, layout);
        }

        var known = string.Join(", ", Enum.GetValues<TraceFormat>().Select(Trace.WordOf));
        throw new InputException(new Problem(path, 1, "", null, format is { } asked ? $"is not a header of {Trace.WordOf(asked)}" : "is not a header of a known trace of arrivals", $"known: {known}; a trace of rates or counts holds no arrivals"));
    }

    /// <summary>Adds the row; the fault when it is damaged.</summary>
    private static string? Row(string line, int number, TraceColumns columns, TraceLayout layout, List<TraceRow> rows)
    {
        if (Csv.Split(line) is not { } fields)
        {
            return "has broken quotes";
        }

        columns.Row(fields);
        var arrival = layout.Arrival(columns);
        var job = layout.Job(columns);
        if (columns.Fault is null)
        {
            rows.Add(new TraceRow(arrival, number, job));
        }

        return columns.Fault;
    }

    private static void Refuse(string path, int good, int malformed, double maxShare, List<Problem> examples)
    {
        if (good == 0 && malformed == 0)
        {
            throw new InputException(new Problem(path, 1, "", null, "holds no rows", "give a trace with at least one arrival"));
        }

        var share = malformed / (double)(good + malformed);
        if (good == 0 || share > maxShare)
        {
            var told = string.Create(CultureInfo.InvariantCulture, $"{malformed} of {good + malformed} rows are damaged ({share:0.0%}, allowed {maxShare:0.0%})");
            throw new InputException([new Problem(path, 0, "", null, told, $"mend the file or raise maxMalformed; the first {examples.Count}:"), .. examples]);
        }
    }

    private static Trace Sorted(string path, TraceLayout layout, List<TraceRow> rows)
    {
        var outOfOrder = 0;
        var latest = long.MinValue;
        foreach (var row in rows)
        {
            outOfOrder += row.ArrivalNs < latest ? 1 : 0;
            latest = Math.Max(latest, row.ArrivalNs);
        }

        var sorted = outOfOrder > 0 ? [.. rows.OrderBy(row => row.ArrivalNs)] : rows;
        var zero = layout.Absolute ? sorted[0].ArrivalNs : 0;
        return new Trace
        {
            File = path,
            Format = layout.Format,
            Rows = layout.Absolute ? [.. sorted.Select(row => row with { ArrivalNs = row.ArrivalNs - zero })] : sorted,
            Zero = layout.Absolute ? TraceTime.ToDate(zero) : null,
            OutOfOrder = outOfOrder,
        };
    }
}
