using System.Globalization;

namespace LoadLab.Workload;

/// <summary>
/// The named fields of one trace row, whatever the syntax of its file. A getter that meets a value of the wrong kind records the fault and gives null.
/// </summary>
internal sealed class TraceFields(ITraceSyntax syntax)
{
    private const int MaxShape = 65_535;
    private const int MaxWord = 200;
    private readonly Dictionary<string, int> _index = new(StringComparer.Ordinal);
    private List<string> _values = [];

    /// <summary>How the rows are written.</summary>
    public ITraceSyntax Syntax { get; } = syntax;

    /// <summary>What is wrong with the current row; null when nothing was found.</summary>
    public string? Fault { get; private set; }

    public IReadOnlyCollection<string> Names => _index.Keys;

    public bool Has(string name) => _index.ContainsKey(name);

    public bool HasAll(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (!Has(name))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Names the columns of every row to come; the first of two equal names counts.</summary>
    public void Name(IReadOnlyList<string> names)
    {
        _index.Clear();
        for (var i = 0; i < names.Count; i++)
        {
            _index.TryAdd(names[i].Trim(), i);
        }

        Columns = names.Count;
    }

    /// <summary>Columns that the header names; 0 where each row names its own fields.</summary>
    public int Columns { get; private set; }

    /// <summary>The values of the named columns.</summary>
    public void Row(List<string> values)
    {
        _values = values;
        Fault = values.Count == Columns ? null : $"has {values.Count} fields, not {Columns}";
    }

    /// <summary>Begins a row that names its fields itself.</summary>
    public void Clear()
    {
        _index.Clear();
        _values.Clear();
        Fault = null;
    }

    /// <summary>The last of two equal names counts, as where such rows come from.</summary>
    public void Add(string name, string value)
    {
        _index[name] = _values.Count;
        _values.Add(value);
    }

    /// <summary>Null when the field or its value is absent.</summary>
    public string? Text(string name) =>
        Fault is null && _index.TryGetValue(name, out var i) && _values[i].Length > 0 ? _values[i] : null;

    /// <summary>A name of at most 200 characters.</summary>
    public string? Word(string name) => Text(name, MaxWord);

    public string? Prompt(string name) => Text(name, PromptOptions.MaxLength);

    /// <summary>A whole number in [0, most], also when written as 30.0.</summary>
    public int? Whole(string name, int most = MaxShape) => Value<int>(name, text =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && value <= most && value == Math.Floor(value) ? (int)value : null);

    /// <summary>A whole number of 64 bits.</summary>
    public long? Long(string name) => Value<long>(name, text => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : null);

    /// <summary>Any number.</summary>
    public double? Number(string name) => Value<double>(name, text =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) ? value : null);

    /// <summary>Width and height in pixels: 160x96.</summary>
    public (int Width, int Height)? Size(string name) => Value(name, Core.Input.Quantity.Size);

    /// <summary>Nanoseconds.</summary>
    public long? Time(string name, TraceUnit unit) => Value(name, text => TraceTime.Parse(text, unit));

    /// <summary>A value that no row can do without; the default with a fault when it is not there.</summary>
    public T Required<T>(string name, T? value)
        where T : struct
    {
        Fault ??= value is null ? $"{name} is empty" : null;
        return value ?? default;
    }

    public void Refuse(string fault) => Fault ??= fault;

    private string? Text(string name, int most)
    {
        var text = Text(name);
        Fault ??= text?.Length > most ? $"{name} has {text.Length} characters, more than {most}" : null;
        return text;
    }

    /// <summary>The beginning of a text without what a terminal would obey.</summary>
    private static string Shown(string text) => string.Create(Math.Min(text.Length, 60), text, (shown, whole) =>
    {
        for (var i = 0; i < shown.Length; i++)
        {
            shown[i] = char.IsControl(whole[i]) || char.IsSurrogate(whole[i]) ? '?' : whole[i];
        }
    });

    private T? Value<T>(string name, Func<string, T?> parse)
        where T : struct
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        var value = parse(text);
        Fault ??= value is null ? $"{name} = \"{Shown(text)}\" cannot be read" : null;
        return value;
    }
}
