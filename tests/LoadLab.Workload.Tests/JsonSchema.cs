using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using LoadLab.Core.Input;

namespace LoadLab.Workload.Tests;

/// <summary>Checks a YAML node against the words of JSON Schema that our schema uses; an unknown word fails, so that none is believed to be checked.</summary>
internal sealed class JsonSchema(JsonElement root)
{
    private static readonly HashSet<string> s_words = new(StringComparer.Ordinal)
    {
        "type", "description", "properties", "additionalProperties", "required", "items", "enum", "oneOf", "pattern", "$ref", "minimum", "maximum", "exclusiveMinimum",
        "examples", "minProperties", "maxProperties", "minItems", "minLength", "$schema", "$id", "title", "$defs",
    };

    public IReadOnlyList<string> Check(Node node) => [.. Check(node, root, "")];

    private IEnumerable<string> Check(Node node, JsonElement schema, string path)
    {
        foreach (var word in schema.EnumerateObject().Where(word => !s_words.Contains(word.Name)))
        {
            yield return $"the schema's {word.Name} is not checked";
        }

        if (schema.TryGetProperty("$ref", out var reference))
        {
            foreach (var fault in Check(node, root.GetProperty("$defs").GetProperty(reference.GetString()!["#/$defs/".Length..]), path))
            {
                yield return fault;
            }
        }

        if (schema.TryGetProperty("oneOf", out var choices) && choices.EnumerateArray().Count(choice => !Check(node, choice, path).Any()) != 1)
        {
            yield return $"{path} fits not exactly one choice";
        }

        var faults = node switch
        {
            MappingNode mapping => Mapping(mapping, schema, path),
            SequenceNode list => Sequence(list, schema, path),
            _ => Scalar((ScalarNode)node, schema, path),
        };
        foreach (var fault in faults)
        {
            yield return fault;
        }
    }

    private IEnumerable<string> Mapping(MappingNode node, JsonElement schema, string path)
    {
        if (schema.TryGetProperty("type", out var type) && type.ToString() != "object")
        {
            yield return $"{path} is not {type}";
            yield break;
        }

        var missing = schema.TryGetProperty("required", out var required) ? required.EnumerateArray().Select(name => name.GetString()!).Where(name => node.Find(name) is null) : [];
        foreach (var name in missing)
        {
            yield return $"{path}.{name} is missing";
        }

        if (schema.TryGetProperty("maxProperties", out var most) && node.Entries.Count > most.GetInt32())
        {
            yield return $"{path} has too many fields";
        }

        var others = schema.TryGetProperty("additionalProperties", out var additional) ? additional : default;
        foreach (var entry in node.Entries)
        {
            var named = schema.TryGetProperty("properties", out var properties) && properties.TryGetProperty(entry.Key, out _);
            if (named || others.ValueKind == JsonValueKind.Object)
            {
                var inner = named ? properties.GetProperty(entry.Key) : others;
                foreach (var fault in Check(entry.Value, inner, $"{path}.{entry.Key}"))
                {
                    yield return fault;
                }
            }
            else if (others.ValueKind == JsonValueKind.False)
            {
                yield return $"{path}.{entry.Key} is not known";
            }
        }
    }

    private IEnumerable<string> Sequence(SequenceNode node, JsonElement schema, string path)
    {
        if (schema.TryGetProperty("type", out var type) && type.ToString() != "array")
        {
            return [$"{path} is not {type}"];
        }

        return schema.TryGetProperty("items", out var items) ? node.Items.SelectMany((item, i) => Check(item, items, $"{path}[{i}]")) : [];
    }

    private static IEnumerable<string> Scalar(ScalarNode node, JsonElement schema, string path)
    {
        var types = !schema.TryGetProperty("type", out var type) ? []
            : type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().Select(word => word.GetString()!).ToArray()
            : [type.GetString()!];
        if (types.Length > 0 && !types.Any(word => Fits(node.Text, word)))
        {
            yield return $"{path} = {node.Text} is not {string.Join(" or ", types)}";
        }

        if (schema.TryGetProperty("enum", out var words) && !words.EnumerateArray().Any(word => word.GetString() == node.Text))
        {
            yield return $"{path} = {node.Text} is none of the choices";
        }

        if (schema.TryGetProperty("pattern", out var pattern) && !Regex.IsMatch(node.Text, pattern.GetString()!, RegexOptions.None, TimeSpan.FromSeconds(1)))
        {
            yield return $"{path} = {node.Text} does not match {pattern}";
        }

        if (Quantity.Number(node.Text) is { } number && OutOfRange(schema, number))
        {
            yield return $"{path} = {node.Text} is out of range";
        }
    }

    private static bool OutOfRange(JsonElement schema, double number) =>
        (schema.TryGetProperty("minimum", out var least) && number < least.GetDouble()) ||
        (schema.TryGetProperty("maximum", out var most) && number > most.GetDouble()) ||
        (schema.TryGetProperty("exclusiveMinimum", out var above) && number <= above.GetDouble());

    private static bool Fits(string text, string type) => type switch
    {
        "string" => true,
        "integer" => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _),
        "number" => Quantity.Number(text) is not null,
        "boolean" => text is "true" or "false",
        _ => false,
    };
}
