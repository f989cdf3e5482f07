using System.Globalization;

namespace LoadLab.Workload;

/// <summary>The named fields of one trace row. A getter that meets a value of the wrong kind records the fault and gives null.</summary>
internal sealed class TraceColumns
{
    private readonly Dictionary<string, int> _index = new(StringComparer.Ordinal);
    private List<string> _fields = [];

    public TraceColumns(IReadOnlyList<string> header)
    {
        Count = header.Count;
        for (var i = 0; i < header.Count; i++)
        {
            _index.TryAdd(header[i].Trim(), i);
        }
    }

    public int Count { get; }

    /// <summary>What is wrong with the current row; null when nothing was found.</summary>
    public string? Fault { get; private set; }

    public bool Has(string column) => _index.ContainsKey(column);

    public void Row(List<string> fields)
    {
        _fields = fields;
        Fault = fields.Count == Count ? null : $"has {fields.Count} fields, not {Count}";
    }

    /// <summary>Null when the column or its value is absent.</summary>
    public string? Text(string column) =>
        Fault is null && _index.TryGetValue(column, out var i) && _fields[i].Length > 0 ? _fields[i] : null;

    /// <summary>A text of at most so many characters.</summary>
    public string? Word(string column, int most)
    {
        var text = Text(column);
        Fault ??= text?.Length > most ? $"{column} has {text.Length} characters, more than {most}" : null;
        return text;
    }

    /// <summary>A whole number in [0, most], also when written as 30.0.</summary>
    public int? Whole(string column, int most) => Value<int>(column, text =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && value <= most && value == Math.Floor(value) ? (int)value : null);

    /// <summary>Any number.</summary>
    public double? Number(string column) => Value<double>(column, text =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) ? value : null);

    public T? Value<T>(string column, Func<string, T?> parse)
        where T : struct
    {
        if (Text(column) is not { } text)
        {
            return null;
        }

        var value = parse(text);
        Fault ??= value is null ? $"{column} = \"{text[..Math.Min(text.Length, 60)]}\" cannot be read" : null;
        return value;
    }

    /// <summary>A value that no row can do without; 0 with a fault when it is not there.</summary>
    public long Required(string column, Func<string, long?> parse)
    {
        var value = Value(column, parse);
        Fault ??= value is null ? $"{column} is empty" : null;
        return value ?? 0;
    }
}
