using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace LoadLab.Stubs;

/// <summary>
/// The named values of a request, from a JSON object or a form. What is read is known; what is left is unknown to the service. Wrong types are collected, not thrown.
/// </summary>
internal sealed class Fields
{
    private readonly Dictionary<string, JsonElement> _json = [];
    private readonly Dictionary<string, string> _form = [];
    private readonly HashSet<string> _known = [];

    private Fields(bool isForm) => IsForm = isForm;

    public bool IsForm { get; }

    /// <summary>Fields that are missing or of the wrong type, each with what is wrong.</summary>
    public List<(string Field, string Why)> Problems { get; } = [];

    public IReadOnlyList<string> Unknown => [.. _json.Keys.Concat(_form.Keys).Except(_known).Order(StringComparer.Ordinal)];

    public static Fields Of(JsonElement json)
    {
        var fields = new Fields(isForm: false);
        foreach (var property in json.EnumerateObject())
        {
            fields._json[property.Name] = property.Value.Clone();
        }

        return fields;
    }

    /// <summary>The body of a request; null when it is neither a JSON object nor a form.</summary>
    public static async Task<Fields?> ReadAsync(HttpRequest request)
    {
        if (request.HasFormContentType)
        {
            var fields = new Fields(isForm: true);
            foreach (var (name, value) in await request.ReadFormAsync())
            {
                fields._form[name] = value.ToString();
            }

            return fields;
        }

        try
        {
            using var document = await JsonDocument.ParseAsync(request.Body);
            return document.RootElement.ValueKind == JsonValueKind.Object ? Of(document.RootElement) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Fields that the service knows and this stub does nothing with.</summary>
    public void Knows(params string[] names) => _known.UnionWith(names);

    public bool Has(string name)
    {
        _known.Add(name);
        return _form.ContainsKey(name) || (_json.TryGetValue(name, out var value) && value.ValueKind != JsonValueKind.Null);
    }

    public JsonElement? Json(string name) => Has(name) && !IsForm ? _json[name] : null;

    public string? Required(string name)
    {
        if (Text(name) is { } text)
        {
            return text;
        }

        if (!Has(name))
        {
            Problems.Add((name, "is required"));
        }

        return null;
    }

    public string? Text(string name) => !Has(name) ? null : IsForm ? _form[name]
        : _json[name].ValueKind == JsonValueKind.String ? _json[name].GetString() : Wrong<string>(name, "a string");

    public long? Integer(string name) => !Has(name) ? null
        : IsForm ? (long.TryParse(_form[name], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : WrongValue<long>(name, "an integer"))
        : _json[name].ValueKind == JsonValueKind.Number && _json[name].TryGetInt64(out var number) ? number : WrongValue<long>(name, "an integer");

    public double? Number(string name) => !Has(name) ? null
        : IsForm ? (double.TryParse(_form[name], NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : WrongValue<double>(name, "a number"))
        : _json[name].ValueKind == JsonValueKind.Number ? _json[name].GetDouble() : WrongValue<double>(name, "a number");

    /// <summary>A frame size written WIDTHxHEIGHT.</summary>
    public (long Width, long Height)? Size(string name)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        var parts = text.Split('x');
        return parts.Length == 2 && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var width) && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var height)
            ? (width, height)
            : WrongValue<(long, long)>(name, "WIDTHxHEIGHT");
    }

    private T? Wrong<T>(string name, string expected)
        where T : class
    {
        Problems.Add((name, $"is not {expected}"));
        return null;
    }

    private T? WrongValue<T>(string name, string expected)
        where T : struct
    {
        Problems.Add((name, $"is not {expected}"));
        return null;
    }
}
