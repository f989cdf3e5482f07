using System.Text.Json;
using LoadLab.Core.Input;

namespace LoadLab.Engine.Targets.Protocols;

/// <summary>
/// Values that a protocol file leaves to its user: <c>vars: { fps: 16, workflow: { file: graph.json } }</c> declares them with what holds by default;
/// a scenario's <c>target.vars</c> says others. One of kind file holds a JSON template.
/// </summary>
internal sealed class ProtocolVariables
{
    private const int MaxFileBytes = 1 << 20;
    private const int MaxDepth = 48;
    private readonly Dictionary<string, ProtocolVariable> _all = new(StringComparer.Ordinal) { ["fps"] = new ProtocolVariable("", false) };

    public IEnumerable<string> Names => _all.Keys;

    /// <summary>Frames per second, which turn frames into seconds.</summary>
    public double? Fps => _all["fps"].Text is { Length: > 0 } text ? Quantity.Number(text) : null;

    public ProtocolVariable? Find(string name) => _all.GetValueOrDefault(name);

    /// <param name="protocol">The protocol file.</param>
    /// <param name="source">Reads what stands beside the protocol file.</param>
    /// <param name="given">target.vars of a scenario.</param>
    public static ProtocolVariables Bind(Section protocol, ProtocolSource source, Section? given)
    {
        var variables = new ProtocolVariables();
        if (protocol.Child("vars") is { } declared)
        {
            foreach (var entry in declared.Entries)
            {
                variables.Declare(declared, entry, source);
            }
        }

        foreach (var entry in given?.Entries ?? [])
        {
            variables.Give(given!, entry);
        }

        variables.CheckFps(protocol, given);
        return variables;
    }

    private void Declare(Section section, MappingEntry entry, ProtocolSource source)
    {
        var field = section.PathOf(entry.Key);
        if (entry.Key.Length > 40 || !entry.Key.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_') || (CallFields.ByName.ContainsKey(entry.Key) && entry.Key != "fps"))
        {
            section.Problems.Add(entry.Value, field, null, "is not a name for a variable", "write lower-case letters, digits and _, and none of the names that a call fills");
        }
        else if (Secrets.IsName(entry.Key))
        {
            Secrets.Refuse(section.Problems, entry.Value, field);
        }
        else if (entry.Value is ScalarNode scalar)
        {
            _all[entry.Key] = new ProtocolVariable(scalar.Text, IsNumber(scalar));
        }
        else if (Section.Open(entry.Value, field, section.Problems) is { } file)
        {
            var name = file.RequiredText("file");
            file.Close();
            _all[entry.Key] = new ProtocolVariable("", false) { Node = entry.Value, Field = field, Json = name.Length > 0 ? Parse(source.ReadBeside(name, entry.Value, field, section.Problems), entry.Value, field, name, section.Problems) : null, IsFile = true };
        }
    }

    private void Give(Section section, MappingEntry entry)
    {
        var field = section.PathOf(entry.Key);
        if (!_all.TryGetValue(entry.Key, out var declared))
        {
            section.Problems.Add(new Problem(entry.Value.File, entry.Line, field, null, "is not a variable of this protocol", $"known here: {string.Join(", ", _all.Keys.Order(StringComparer.Ordinal))}"));
        }
        else if (entry.Value is not ScalarNode scalar)
        {
            section.Problems.Add(entry.Value, field, null, "is not a single value", declared.IsFile ? "write the name of a JSON file" : "write one value");
        }
        else if (declared.IsFile)
        {
            var bytes = ProtocolSource.OfFile(section.Node.File).ReadBeside(scalar.Text, scalar, field, section.Problems);
            _all[entry.Key] = declared with { Node = scalar, Field = field, Json = Parse(bytes, scalar, field, scalar.Text, section.Problems) };
        }
        else
        {
            _all[entry.Key] = new ProtocolVariable(scalar.Text, IsNumber(scalar));
        }
    }

    private void CheckFps(Section protocol, Section? given)
    {
        if (_all["fps"].Text is { Length: > 0 } text && Quantity.Number(text) is not (> 0 and <= 1000))
        {
            (given ?? protocol).Problems.Add((given ?? protocol).Node, (given ?? protocol).PathOf("fps"), text, "is not a number of frames per second", "write for example 16");
        }
    }

    private static bool IsNumber(ScalarNode scalar) => !scalar.Quoted && JsonLiteral.Is(scalar.Text);

    private static JsonElement? Parse(byte[]? bytes, Node node, string field, string name, Problems problems)
    {
        if (bytes is null)
        {
            return null;
        }

        if (bytes.Length > MaxFileBytes)
        {
            problems.Add(node, field, name, $"has {bytes.Length} bytes", $"a file of a variable may have at most {MaxFileBytes}");
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = MaxDepth });
            return document.RootElement.Clone();
        }
        catch (JsonException e)
        {
            problems.Add(node, field, name, "is not JSON", $"line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}: correct it");
            return null;
        }
    }
}

/// <param name="Text">Empty = open.</param>
/// <param name="IsNumber">Written as a JSON literal and not in quotes.</param>
internal sealed record ProtocolVariable(string Text, bool IsNumber)
{
    public bool IsFile { get; init; }

    public JsonElement? Json { get; init; }

    public Node? Node { get; init; }

    public string Field { get; init; } = "";

    /// <summary>The file as a template; null when it could not be read, which was told.</summary>
    public JsonTemplate? Compile(ProtocolVariables variables, Problems problems) => Json is { } json ? JsonTemplate.Of(json, Node!, Field, variables, problems) : null;
}
