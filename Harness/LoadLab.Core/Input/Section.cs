using System.Globalization;

namespace LoadLab.Core.Input;

/// <summary>
/// Binds one mapping of an input file. Each getter names a field and reads its value or its default; a bad value becomes a problem and the default is returned,
/// so that binding goes on and finds the rest. <see cref="Close"/> refuses the fields nobody asked for, naming the nearest known one.
/// </summary>
public sealed class Section
{
    private readonly MappingNode _mapping;
    private readonly string _path;
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    private Section(MappingNode mapping, string path, Problems problems)
    {
        _mapping = mapping;
        _path = path;
        Problems = problems;
    }

    public Problems Problems { get; }

    public Node Node => _mapping;

    /// <summary>Null with a problem when the node is not a mapping.</summary>
    public static Section? Open(Node node, string path, Problems problems)
    {
        if (node is MappingNode mapping)
        {
            return new Section(mapping, path, problems);
        }

        problems.Add(node, path, (node as ScalarNode)?.Text, "is not a mapping", "write its fields as key: value");
        return null;
    }

    public string PathOf(string field) => _path.Length == 0 ? field : $"{_path}.{field}";

    public bool Has(string field) => Find(field) is not null;

    public int LineOf(string field) => Find(field)?.Line ?? _mapping.Line;

    /// <summary>The node of a field, marked as known; null when absent.</summary>
    public Node? Find(string field)
    {
        _known.Add(field);
        return _mapping.Find(field);
    }

    public IReadOnlyList<MappingEntry> Entries
    {
        get
        {
            _known.UnionWith(_mapping.Entries.Select(entry => entry.Key));
            return _mapping.Entries;
        }
    }

    public Section? Child(string field) => Find(field) is { } node ? Open(node, PathOf(field), Problems) : null;

    /// <summary>The items of a list; a single mapping or scalar counts as a list of one.</summary>
    public IReadOnlyList<(Node Node, string Path)> Items(string field) => Find(field) switch
    {
        null => [],
        SequenceNode list => [.. list.Items.Select((item, index) => (item, $"{PathOf(field)}[{index}]"))],
        var single => [(single, PathOf(field))],
    };

    public string? Text(string field) => Find(field) switch
    {
        null => null,
        ScalarNode scalar => scalar.Text,
        var other => Refuse<string>(other, field, null, "is not a single value", "write one value"),
    };

    public string Text(string field, string fallback) => Text(field) ?? fallback;

    public string RequiredText(string field)
    {
        if (Text(field) is { Length: > 0 } text)
        {
            return text;
        }

        Missing(field, "a value");
        return "";
    }

    public void Missing(string field, string what) => Problems.Add(_mapping, PathOf(field), null, "is missing", $"add {field}: {what}");

    public double Number(string field, double fallback, double min, double max, string example) =>
        Value(field, Quantity.Number, value => value >= min && value <= max, string.Create(CultureInfo.InvariantCulture, $"a number from {min:R} to {max:R}"), example) ?? fallback;

    public int Integer(string field, int fallback, int min, int max) =>
        (int)(Value(field, Quantity.Integer, value => value >= min && value <= max, $"a whole number from {min} to {max}", Math.Clamp(fallback, min, max).ToString(CultureInfo.InvariantCulture)) ?? fallback);

    public bool Flag(string field, bool fallback) =>
        Value(field, text => text is "true" ? true : text is "false" ? (bool?)false : null, _ => true, "true or false", "true") ?? fallback;

    public Duration? Time(string field) => Value(field, Quantity.Time, _ => true, "a duration", "60s, 200ms or 1.5h");

    public Duration Time(string field, Duration fallback) => Time(field) ?? fallback;

    public double? RatePerSecond(string field) => Value(field, Quantity.RatePerSecond, _ => true, "a rate", "0.8/s or 30/min");

    public long? Bytes(string field) => Value(field, Quantity.Bytes, _ => true, "a number of bytes", "1GiB");

    public (int Width, int Height)? Size(string field) => Value(field, Quantity.Size, _ => true, "a size", "160x96");

    public double? TimeOfDaySeconds(string field) => Value(field, Quantity.TimeOfDaySeconds, _ => true, "a time of day", "20:00");

    public T Choice<T>(string field, T fallback, params ReadOnlySpan<(string Word, T Value)> choices)
    {
        if (Text(field) is not { } text)
        {
            return fallback;
        }

        var words = new List<string>();
        foreach (var (word, value) in choices)
        {
            if (word == text)
            {
                return value;
            }

            words.Add(word);
        }

        Problems.Add(Find(field)!, PathOf(field), text, "is not known", $"write {string.Join(" or ", words)}{Nearest(text, words)}");
        return fallback;
    }

    /// <summary>Parses a scalar with a parser that gives null for what it cannot read, and checks it.</summary>
    public T? Value<T>(string field, Func<string, T?> parse, Func<T, bool> accept, string what, string example)
        where T : struct
    {
        if (Find(field) is not { } node)
        {
            return null;
        }

        if (node is ScalarNode scalar && parse(scalar.Text) is { } value && accept(value))
        {
            return value;
        }

        Problems.Add(node, PathOf(field), (node as ScalarNode)?.Text, $"is not {what}", $"write for example {example}");
        return null;
    }

    /// <summary>Refuses every field that no getter asked for.</summary>
    public void Close()
    {
        foreach (var entry in _mapping.Entries.Where(entry => !_known.Contains(entry.Key)))
        {
            Problems.Add(new Problem(_mapping.File, entry.Line, PathOf(entry.Key), null, "is not a known field", Hint(entry.Key)));
        }
    }

    private string Hint(string key)
    {
        var nearest = Nearest(key, _known);
        return nearest.Length > 0 ? nearest.TrimStart(' ', ',') : $"known here: {string.Join(", ", _known.Order(StringComparer.Ordinal))}";
    }

    private static string Nearest(string text, IEnumerable<string> words)
    {
        var best = words.OrderBy(word => Distance(text, word)).ThenBy(word => word, StringComparer.Ordinal).FirstOrDefault();
        return best is not null && Distance(text, best) <= Math.Max(2, best.Length / 3) ? $", did you mean {best}?" : "";
    }

    /// <summary>Levenshtein distance, case folded.</summary>
    private static int Distance(string a, string b)
    {
        if (a.Length > 64)
        {
            return int.MaxValue;
        }

        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var substitute = diagonal + (char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substitute, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[b.Length];
    }

    private T? Refuse<T>(Node node, string field, string? value, string message, string fix)
        where T : class
    {
        Problems.Add(node, PathOf(field), value, message, fix);
        return null;
    }
}
