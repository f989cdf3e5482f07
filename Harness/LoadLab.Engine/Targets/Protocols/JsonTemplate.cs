using System.Buffers;
using System.Text;
using System.Text.Json;
using LoadLab.Core.Input;

namespace LoadLab.Engine.Targets.Protocols;

/// <summary>
/// A JSON value with placeholders, compiled once. What the schedule leaves open is left out: a member of an object alone, what stands in a list whole, and a list of which
/// nothing is left. A placeholder alone in its quotes becomes a number where it is one.
/// </summary>
internal abstract class JsonTemplate
{
    /// <summary>Whether nothing in it depends on the call.</summary>
    private bool IsConstant { get; init; }

    /// <summary>Compiles the nodes of a protocol file.</summary>
    public static JsonTemplate? Of(Node node, string field, ProtocolVariables variables, Problems problems, bool withId = false) => node switch
    {
        MappingNode mapping => Object(
            mapping.Entries.Select(entry => (entry.Key, Secrets.IsField(entry.Key) ? Secrets.Refuse(problems, entry.Value, $"{field}.{entry.Key}") : Of(entry.Value, $"{field}.{entry.Key}", variables, problems, withId)))),
        SequenceNode list => Array(list.Items.Select((item, index) => Of(item, $"{field}[{index}]", variables, problems, withId))),
        ScalarNode { Quoted: false } scalar when JsonLiteral.Is(scalar.Text) => new Raw(Encoding.UTF8.GetBytes(scalar.Text)) { IsConstant = true },
        ScalarNode { Quoted: false, Text: "" or "~" } => new Raw("null"u8.ToArray()) { IsConstant = true },
        ScalarNode scalar => Text(scalar, field, scalar.Text, variables, problems, files: true, withId),
        _ => null,
    };

    /// <summary>Compiles a JSON file that a variable names.</summary>
    public static JsonTemplate? Of(JsonElement json, Node node, string field, ProtocolVariables variables, Problems problems) => json.ValueKind switch
    {
        JsonValueKind.Object => Object(json.EnumerateObject().Select(member =>
            (member.Name, Secrets.IsField(member.Name) && member.Value.ValueKind == JsonValueKind.String ? Secrets.Refuse(problems, node, $"{field}.{member.Name}") : Of(member.Value, node, $"{field}.{member.Name}", variables, problems)))),
        JsonValueKind.Array => Array(json.EnumerateArray().Select((item, index) => Of(item, node, $"{field}[{index}]", variables, problems))),
        JsonValueKind.String => Text(node, field, json.GetString()!, variables, problems, files: false, withId: false),
        _ => new Raw(Encoding.UTF8.GetBytes(json.GetRawText())) { IsConstant = true },
    };

    /// <summary>The value of one call as UTF-8.</summary>
    public byte[] Render(in CallValues values)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            Write(json, values);
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Whether there is nothing to write.</summary>
    public abstract bool IsOpen(in CallValues values);

    /// <summary>Whether anything in it is open.</summary>
    protected abstract bool HasOpen(in CallValues values);

    protected abstract void Write(Utf8JsonWriter json, in CallValues values);

    /// <param name="files">Whether a variable may put a file here; a file puts in no other.</param>
    private static JsonTemplate? Text(Node node, string field, string text, ProtocolVariables variables, Problems problems, bool files, bool withId)
    {
        if (files && text.StartsWith("{{", StringComparison.Ordinal) && text.EndsWith("}}", StringComparison.Ordinal) && variables.Find(text[2..^2].Trim()) is { IsFile: true } file)
        {
            return file.Compile(variables, problems);
        }

        if (TextTemplate.Parse(node, field, text, variables, problems, withId) is not { } template)
        {
            return null;
        }

        return template.Constant is { } constant
            ? new Raw(template.IsNumber ? Encoding.UTF8.GetBytes(constant) : Quoted(constant)) { IsConstant = true }
            : new Scalar(template);
    }

    private static byte[] Quoted(string text) => [(byte)'"', .. JsonEncodedText.Encode(text).EncodedUtf8Bytes, (byte)'"'];

    private static JsonTemplate? Object(IEnumerable<(string Name, JsonTemplate? Value)> members)
    {
        var all = members.ToList();
        return all.Any(member => member.Value is null) ? null
            : Folded(new Mapping([.. all.Select(member => (JsonEncodedText.Encode(member.Name), member.Value!))]) { IsConstant = all.All(member => member.Value!.IsConstant) });
    }

    private static JsonTemplate? Array(IEnumerable<JsonTemplate?> items)
    {
        var all = items.ToList();
        return all.Any(item => item is null) ? null : Folded(new Sequence([.. all.Select(item => item!)]) { IsConstant = all.All(item => item!.IsConstant) });
    }

    /// <summary>What no call changes is written once.</summary>
    private static JsonTemplate Folded(JsonTemplate template) => template.IsConstant ? new Raw(template.Render(default)) { IsConstant = true } : template;

    private sealed class Raw(byte[] json) : JsonTemplate
    {
        public override bool IsOpen(in CallValues values) => false;

        protected override bool HasOpen(in CallValues values) => false;

        protected override void Write(Utf8JsonWriter writer, in CallValues values) => writer.WriteRawValue(json, skipInputValidation: true);
    }

    private sealed class Scalar(TextTemplate text) : JsonTemplate
    {
        public override bool IsOpen(in CallValues values) => text.IsOpen(values);

        protected override bool HasOpen(in CallValues values) => text.IsOpen(values);

        protected override void Write(Utf8JsonWriter json, in CallValues values)
        {
            if (text.IsNumber)
            {
                json.WriteRawValue(text.Render(values), skipInputValidation: true);
            }
            else
            {
                json.WriteStringValue(text.Render(values));
            }
        }
    }

    private sealed class Mapping((JsonEncodedText Name, JsonTemplate Value)[] members) : JsonTemplate
    {
        public override bool IsOpen(in CallValues values) => false;

        protected override bool HasOpen(in CallValues values)
        {
            foreach (var (_, value) in members)
            {
                if (value.HasOpen(values))
                {
                    return true;
                }
            }

            return false;
        }

        protected override void Write(Utf8JsonWriter json, in CallValues values)
        {
            json.WriteStartObject();
            foreach (var (name, value) in members)
            {
                if (!value.IsOpen(values))
                {
                    json.WritePropertyName(name);
                    value.Write(json, values);
                }
            }

            json.WriteEndObject();
        }
    }

    private sealed class Sequence(JsonTemplate[] items) : JsonTemplate
    {
        public override bool IsOpen(in CallValues values)
        {
            foreach (var item in items)
            {
                if (!item.HasOpen(values))
                {
                    return false;
                }
            }

            return items.Length > 0;
        }

        protected override bool HasOpen(in CallValues values) => IsOpen(values);

        protected override void Write(Utf8JsonWriter json, in CallValues values)
        {
            json.WriteStartArray();
            foreach (var item in items)
            {
                if (!item.HasOpen(values))
                {
                    item.Write(json, values);
                }
            }

            json.WriteEndArray();
        }
    }
}
