using System.Text.Json;

namespace LoadLab.Model.Tokenizer;

/// <summary>
/// One value of a tokenizer.json that knows where it stands and where problems go. A reading that fails notes the problem and answers
/// null, false or nothing, so that the rest of the file is still checked.
/// </summary>
internal readonly struct JsonPart(JsonElement element, string path, TokenizerProblems problems)
{
    private const int MaxShown = 60;

    public JsonElement Element { get; } = element;

    public string Path { get; } = path;

    public TokenizerProblems Problems { get; } = problems;

    /// <summary>The value as a message shows it: its JSON, cut.</summary>
    public string Shown => Element.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => $"an array of {Element.GetArrayLength()}",
        _ => Cut(Element.GetRawText()),
    };

    public static string Cut(string text) => text.Length <= MaxShown ? text : $"{text[..MaxShown]}...";

    public void Problem(string problem) => Problems.Add(Path, problem);

    public bool Is(JsonValueKind kind, string expected)
    {
        if (Element.ValueKind == kind)
        {
            return true;
        }

        Problem($"is {Shown}; it must be {expected}");
        return false;
    }

    /// <summary>True for an object without other fields than these; a field that is not known might change the ids and is refused.</summary>
    public bool IsObjectOf(params ReadOnlySpan<string> fields)
    {
        if (!Is(JsonValueKind.Object, "an object"))
        {
            return false;
        }

        foreach (var property in Element.EnumerateObject())
        {
            if (!fields.Contains(property.Name))
            {
                Problem($"field '{Cut(property.Name)}' is not supported; known are {string.Join(", ", fields.ToArray())}");
            }
        }

        return true;
    }

    /// <summary>The field's value; null when it is absent or null.</summary>
    public JsonPart? Find(string field) =>
        Element.TryGetProperty(field, out var value) && value.ValueKind != JsonValueKind.Null ? new JsonPart(value, Inner(field), Problems) : null;

    public JsonPart? Require(string field)
    {
        var found = Find(field);
        if (found is null)
        {
            Problems.Add(Inner(field), "is missing");
        }

        return found;
    }

    public string? RequireText(string field) =>
        Require(field) is { } value && value.Is(JsonValueKind.String, "a string") ? value.Element.GetString() : null;

    public bool Flag(string field, bool absent)
    {
        if (Find(field) is not { } value)
        {
            return absent;
        }

        if (value.Element.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return value.Element.GetBoolean();
        }

        value.Problem($"is {value.Shown}; it must be true or false");
        return absent;
    }

    /// <summary>An id: a whole number from 0 to <paramref name="largest"/>.</summary>
    public int? RequireId(string field, int largest) => Require(field) is { } value ? value.Id(largest) : null;

    public int? Id(int largest)
    {
        if (Element.ValueKind == JsonValueKind.Number && Element.TryGetInt32(out var id) && id >= 0 && id <= largest)
        {
            return id;
        }

        Problem($"is {Shown}; it must be a whole number from 0 to {largest}");
        return null;
    }

    public IEnumerable<JsonPart> Items()
    {
        var (path, problems) = (Path, Problems);
        return Element.EnumerateArray().Select((item, index) => new JsonPart(item, $"{path}[{index}]", problems));
    }

    private string Inner(string field) => Path.Length == 0 ? field : $"{Path}.{field}";
}
