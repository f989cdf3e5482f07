using System.Globalization;
using LoadLab.Core.Input;

namespace LoadLab.Core.Runs;

/// <summary>
/// Reads one of our own CSV files by column name. A last line without its end (a killed writer) is left out and counted as <see cref="Torn"/>;
/// a row of the wrong width or a value of the wrong kind is refused with its line.
/// </summary>
public sealed class CsvTable
{
    private readonly string _text;
    private readonly string _file;
    private readonly Dictionary<string, int> _columns = new(StringComparer.Ordinal);
    private readonly int _firstRow;

    private CsvTable(string text, string file)
    {
        _text = text;
        _file = file;
        Torn = text.Length > 0 && text[^1] != '\n';
        _firstRow = text.IndexOf('\n') + 1;
        var header = _firstRow > 1 ? Csv.Split(text[..(_firstRow - 1)].TrimEnd('\r')) : null;
        if (header is null)
        {
            throw new InputException(new Problem(file, 1, "", null, "has no header line", "is it a file of a run folder?"));
        }

        for (var i = 0; i < header.Count; i++)
        {
            _columns[header[i]] = i;
        }

        Width = header.Count;
    }

    /// <summary>Fields of a row.</summary>
    private int Width { get; }

    /// <summary>
    /// The rows in file order, each made as it is asked for: a file of a million rows is not held twice. Throws <see cref="InputException"/> at a row of another width.
    /// </summary>
    public IEnumerable<Row> Rows
    {
        get
        {
            var line = 2;
            for (int at = _firstRow, end; (end = _text.IndexOf('\n', at)) >= 0; at = end + 1, line++)
            {
                var fields = Csv.Split(_text[at..end].TrimEnd('\r'));
                if (fields is null || fields.Count != Width)
                {
                    throw new InputException(new Problem(_file, line, "", null, $"does not have {Width} fields", "the row is damaged"));
                }

                yield return new Row(this, fields, line);
            }
        }
    }

    /// <summary>Whether the last line was cut off.</summary>
    public bool Torn { get; }

    /// <param name="text">The whole file, decompressed.</param>
    /// <param name="file">Name for messages.</param>
    /// <param name="required">Columns that must be there.</param>
    public static CsvTable Parse(string text, string file, params ReadOnlySpan<string> required)
    {
        var table = new CsvTable(text, file);
        foreach (var name in required)
        {
            if (!table._columns.ContainsKey(name))
            {
                throw new InputException(new Problem(file, 1, name, null, "column is missing", "is it a file of a run folder?"));
            }
        }

        return table;
    }

    public sealed class Row(CsvTable table, List<string> fields, int line)
    {
        public int Line => line;

        /// <summary>Empty when the column or its value is absent.</summary>
        public string Text(string column) => table._columns.TryGetValue(column, out var i) ? fields[i] : "";

        public long? Integer(string column) => Parse<long>(column, text => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : null, "a whole number");

        /// <summary>A count or an index: from 0 to 2^31 - 1.</summary>
        public int? Count(string column) => Parse<int>(column, text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null, "a whole number from 0");

        public double? Number(string column) => Parse<double>(column, text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : (double?)null, "a number");

        public Duration? Time(string column) => Parse(column, ParseSeconds, "seconds with nine decimals");

        public Instant? At(string column) => Time(column) is { } time ? new Instant(time.Nanoseconds) : null;

        public InputException Bad(string column, string what) =>
            new(new Problem(table._file, line, column, Text(column), $"is not {what}", "the row is damaged"));

        private T? Parse<T>(string column, Func<string, T?> parse, string what)
            where T : struct
        {
            var text = Text(column);
            return text.Length == 0 ? null : parse(text) ?? throw Bad(column, what);
        }

        /// <summary>At most 126 years either way, so that the difference of two times always fits.</summary>
        private static Duration? ParseSeconds(string text) =>
            decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && Math.Abs(seconds) < 4e9m
                ? new Duration((long)(seconds * 1_000_000_000m))
                : null;
    }
}
