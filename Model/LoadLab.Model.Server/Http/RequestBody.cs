using System.Globalization;
using System.Text.Json;

namespace LoadLab.Model.Server.Http;

/// <summary>
/// Reads the fields of one JSON object. A bad value becomes a problem and reads as absent, so that reading goes on and finds the rest;
/// <see cref="Close"/> refuses the fields nobody asked for. null counts as absent.
/// </summary>
internal sealed class RequestBody(JsonElement root)
{
    private const int MostShown = 80;
    private const int MostTold = 50;
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly List<FieldProblem> _problems = [];

    /// <summary>The first <see cref="MostTold"/>: an answer must not be many times as long as its request.</summary>
    public IReadOnlyList<FieldProblem> Problems => _problems;

    /// <summary>All of them.</summary>
    public int Count { get; private set; }

    public void Add(string field, string? value, string message, string fix)
    {
        if (++Count <= MostTold)
        {
            _problems.Add(new FieldProblem(Cut(field), value is null ? null : Cut(value), message, fix));
        }
    }

    public bool Has(string field) => Find(field) is not null;

    public string? Text(string field, int maxLength)
    {
        if (Find(field) is not { } value)
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.String)
        {
            return Refuse(field, value, "is not a text", "write it in quotes");
        }

        var text = value.GetString()!;
        return text.Length <= maxLength ? text : Refuse(field, value, $"is longer than {maxLength} characters", "write a shorter one");
    }

    /// <summary>A text that ends up in journals, labels and tables: without control characters.</summary>
    public string? Name(string field, int maxLength)
    {
        var text = Text(field, maxLength);
        return text is null || !text.Any(char.IsControl) ? text : Refuse(field, Find(field)!.Value, "has a control character", "write letters, digits and signs");
    }

    public string? Choice(string field, params ReadOnlySpan<string> words)
    {
        var text = Text(field, MostShown);
        if (text is null || words.Contains(text))
        {
            return text;
        }

        Add(field, text, "is not known", $"write {string.Join(" or ", words!)}");
        return null;
    }

    public long? Integer(string field, long min, long max)
    {
        if (Find(field) is not { } value)
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number >= min && number <= max)
        {
            return number;
        }

        Refuse(field, value, "is not a whole number in range", $"write a whole number from {min} to {max}");
        return null;
    }

    public double? Number(string field, double min, double max)
    {
        if (Find(field) is not { } value)
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number >= min && number <= max)
        {
            return number;
        }

        Refuse(field, value, "is not a number in range", string.Create(CultureInfo.InvariantCulture, $"write a number from {min:R} to {max:R}"));
        return null;
    }

    public void Close()
    {
        foreach (var property in root.EnumerateObject().Where(property => !_known.Contains(property.Name)))
        {
            Add(property.Name, Shown(property.Value), "is not a known field", $"known here: {string.Join(", ", _known.Order(StringComparer.Ordinal))}");
        }
    }

    public JsonElement? Find(string field)
    {
        _known.Add(field);
        return root.TryGetProperty(field, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    private string? Refuse(string field, JsonElement value, string message, string fix)
    {
        Add(field, Shown(value), message, fix);
        return null;
    }

    /// <summary>Never through a surrogate pair.</summary>
    private static string Cut(string text) => text.Length <= MostShown ? text : text[..(char.IsHighSurrogate(text[MostShown - 1]) ? MostShown - 1 : MostShown)] + "...";

    private static string Shown(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
}
