using System.Globalization;
using LoadLab.Core;
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

/// <summary>The rows of one file as they are read, and the trace that they become.</summary>
internal sealed class TraceRows(string path, TraceLayout layout, TraceUnit unit)
{
    private const int Examples = 5;
    private readonly List<TraceRow> _arrivals = [];
    private readonly List<TraceRate> _rates = [];
    private readonly List<Problem> _examples = [];
    private readonly Dictionary<string, int> _leftOut = new(StringComparer.Ordinal);
    private int _malformed;

    /// <summary>Rows so far, damaged ones included.</summary>
    public int Count => Good + _malformed;

    private int Good => _arrivals.Count + _rates.Count + _leftOut.Values.Sum();

    /// <param name="line">Number in the file.</param>
    /// <param name="fault">What its syntax found wrong.</param>
    /// <param name="row">Its fields.</param>
    public void Take(int line, string? fault, TraceFields row)
    {
        fault ??= Row(line, row);
        if (fault is not null && ++_malformed <= Examples)
        {
            _examples.Add(new Problem(path, line, "", null, $"row {fault}", "it is left out"));
        }
    }

    /// <exception cref="InputException">No arrivals, or too many damaged rows.</exception>
    public Trace Finish(double maxMalformedShare)
    {
        Refuse(maxMalformedShare);
        var trace = layout.Rate is null ? Arrivals() : Rates();
        return trace with
        {
            Unit = unit,
            OwnUnit = layout.Unit,
            Plausible = layout.Plausible,
            Malformed = _malformed,
            MalformedExamples = _examples,
            Transformations = [.. Told(trace)],
        };
    }

    private string? Row(int line, TraceFields row)
    {
        if (layout.LeaveOut(row) is { } reason)
        {
            _leftOut[reason] = _leftOut.GetValueOrDefault(reason) + 1;
            return null;
        }

        var at = row.Required(layout.Time, row.Time(layout.Time, unit));
        if (layout.Rate is { } read)
        {
            var rate = read(row) with { StartNs = at, Line = line, LengthNs = layout.WindowNs ?? 0 };
            if (row.Fault is null)
            {
                _rates.Add(rate);
            }
        }
        else
        {
            var job = layout.Job(row);
            if (row.Fault is null)
            {
                _arrivals.Add(new TraceRow(at, line, job));
            }
        }

        return row.Fault;
    }

    private IEnumerable<string> Told(Trace trace)
    {
        foreach (var (reason, count) in _leftOut)
        {
            yield return $"{count} rows left out: they {reason}";
        }

        if (_malformed > 0)
        {
            yield return $"{_malformed} damaged rows left out";
        }

        if (trace.OutOfOrder > 0)
        {
            yield return $"{trace.OutOfOrder} rows out of order sorted in";
        }

        if (trace.Zero is not null)
        {
            yield return "times counted from the first arrival";
        }
    }

    private void Refuse(double maxShare)
    {
        if (_arrivals.Count + _rates.Count == 0 && _malformed == 0)
        {
            throw new InputException(new Problem(path, 1, "", null, "holds no rows", "give a trace with at least one arrival"));
        }

        var share = _malformed / (double)Count;
        if (_arrivals.Count + _rates.Count == 0 || share > maxShare)
        {
            var told = string.Create(CultureInfo.InvariantCulture, $"{_malformed} of {Count} rows are damaged ({share:0.0%}, allowed {maxShare:0.0%})");
            throw new InputException([new Problem(path, 0, "", null, told, $"mend the file or raise maxMalformed; the first {_examples.Count}:"), .. _examples]);
        }
    }

    private Trace Arrivals()
    {
        var outOfOrder = 0;
        var latest = long.MinValue;
        foreach (var row in _arrivals)
        {
            outOfOrder += row.ArrivalNs < latest ? 1 : 0;
            latest = Math.Max(latest, row.ArrivalNs);
        }

        var sorted = outOfOrder > 0 ? [.. _arrivals.OrderBy(row => row.ArrivalNs)] : _arrivals;
        var absolute = IsAbsolute(sorted[0].ArrivalNs);
        var zero = absolute ? sorted[0].ArrivalNs : 0;
        return new Trace
        {
            File = path,
            Format = layout.Format,
            Rows = absolute ? [.. sorted.Select(row => row with { ArrivalNs = row.ArrivalNs - zero })] : sorted,
            Zero = absolute ? TraceTime.ToDate(zero) : null,
            OutOfOrder = outOfOrder,
        };
    }

    private Trace Rates()
    {
        var starts = _rates.Select(rate => rate.StartNs).Distinct().Order().ToArray();
        var zero = IsAbsolute(starts[0]) ? starts[0] : 0;
        var step = layout.WindowNs ?? (starts.Length > 1 ? starts.Zip(starts.Skip(1), (a, b) => b - a).Min() : 0);
        if (step == 0 || step > WorkloadOptions.Longest.Nanoseconds)
        {
            throw new InputException(new Problem(path, 0, "", null, "does not tell how long a window of counts is", "say so in the column map: step=60s"));
        }

        var rates = new TraceRates(_rates.Select(rate => rate with { StartNs = rate.StartNs - zero, LengthNs = step }), layout.ZeroIsMissing);
        if (!(rates.Expected(Duration.Zero, rates.End, 1) > 0))
        {
            throw new InputException(new Problem(path, 0, "", null, "holds no arrivals: every rate is zero", "give a trace with at least one"));
        }

        return new Trace { File = path, Format = layout.Format, Rows = [], Rates = rates, Gaps = rates.Gaps, Zero = zero > 0 ? TraceTime.ToDate(zero) : null };
    }

    /// <summary>A run's own times are never wall-clock times.</summary>
    private bool IsAbsolute(long first) => unit == TraceUnit.Timestamp || (layout.Format != TraceFormat.LoadLab && TraceTime.IsWallClock(first));
}
