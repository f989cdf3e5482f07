using System.Globalization;
using System.Text.Json;
using LoadLab.Core.Input;

namespace LoadLab.Engine.Targets.Protocols;

/// <summary>
/// Where a value stands in an answer: <c>error.code</c>, <c>/error/code</c> (a JSON pointer), an item of a list by its index, the first item that has a value at a key
/// <c>messages.[0=execution_start].1.timestamp</c>, the job's own id as a key <c>{{id}}.status</c>. Several are tried in order.
/// </summary>
internal sealed class FieldPath
{
    private const string IdWord = "{{id}}";
    private const int MaxSegments = 16;
    private readonly Segment[][] _paths;

    private FieldPath(Segment[][] paths) => _paths = paths;

    /// <summary>Null when absent, or with a problem when malformed.</summary>
    public static FieldPath? Bind(Section section, string field)
    {
        var paths = new List<Segment[]>();
        foreach (var (node, path) in section.Items(field))
        {
            if (node is ScalarNode { Text: { Length: > 0 and <= 200 } text } && Parse(text) is { Length: > 0 and <= MaxSegments } segments)
            {
                paths.Add(segments);
            }
            else
            {
                section.Problems.Add(node, path, (node as ScalarNode)?.Text, "is not a path into an answer", "write for example error.code or /error/code");
            }
        }

        return paths.Count > 0 ? new FieldPath([.. paths]) : null;
    }

    /// <summary>Null when nothing stands there, and for null.</summary>
    /// <param name="root">The answer.</param>
    /// <param name="id">The job's id.</param>
    public JsonElement? Find(JsonElement root, string id)
    {
        foreach (var path in _paths)
        {
            JsonElement? at = root;
            foreach (var segment in path)
            {
                at = at is { } element ? segment.Step(element, id) : null;
            }

            if (at is { ValueKind: not (JsonValueKind.Null or JsonValueKind.Undefined) })
            {
                return at;
            }
        }

        return null;
    }

    /// <summary>A text, a number or a truth as its word; null for all else.</summary>
    public string? Word(JsonElement root, string id) => Find(root, id) is { } found ? WordOf(found) : null;

    public string? Text(JsonElement root, string id) => Find(root, id) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    public int? Integer(JsonElement root, string id) => Find(root, id) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt32(out var value) ? value : null;

    public double? Number(JsonElement root, string id) => Find(root, id) is { } found && Quantity.Number(WordOf(found) ?? "") is { } value ? value : null;

    private static string? WordOf(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => element.GetString(),
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => element.GetRawText(),
        _ => null,
    };

    private static Segment[]? Parse(string text)
    {
        if (text[0] == '/')
        {
            return [.. text[1..].Split('/').Select(name => new Segment(name.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)))];
        }

        var segments = new List<Segment>();
        for (var at = 0; at <= text.Length;)
        {
            if (at < text.Length && text[at] == '[')
            {
                var close = text.IndexOf(']', at);
                var equals = text.IndexOf('=', at);
                if (close < 0 || equals < 0 || equals > close || (close + 1 < text.Length && text[close + 1] != '.'))
                {
                    return null;
                }

                segments.Add(new Segment(text[(at + 1)..equals], text[(equals + 1)..close]));
                at = close + 2;
                continue;
            }

            var dot = text.IndexOf('.', at);
            var end = dot < 0 ? text.Length : dot;
            if (end == at)
            {
                return null;
            }

            segments.Add(new Segment(text[at..end]));
            at = end + 1;
        }

        return [.. segments];
    }

    /// <param name="Name">A member, or an index into a list.</param>
    /// <param name="Equal">When given: the first item of a list that has this at Name.</param>
    private sealed record Segment(string Name, string? Equal = null)
    {
        public JsonElement? Step(JsonElement element, string id) => Equal is null ? Child(element, Name == IdWord ? id : Name) : Chosen(element);

        private static JsonElement? Child(JsonElement element, string name) => element.ValueKind switch
        {
            JsonValueKind.Object => element.TryGetProperty(name, out var member) ? member : null,
            JsonValueKind.Array => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < element.GetArrayLength() ? element[index] : null,
            _ => null,
        };

        private JsonElement? Chosen(JsonElement element)
        {
            if (element.ValueKind != JsonValueKind.Array)
            {
                return null;
            }

            foreach (var item in element.EnumerateArray())
            {
                if (Child(item, Name) is { } key && WordOf(key) == Equal)
                {
                    return item;
                }
            }

            return null;
        }
    }
}
