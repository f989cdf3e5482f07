using System.Text.Json;

namespace LoadLab.Model.Verify;

/// <summary>A golden file's configuration: JSON from its metadata, every number bounded before it is used.</summary>
internal readonly struct GoldenConfig(JsonElement json)
{
    private const int MaxExtent = 1 << 20;
    private const int MaxLayers = 1000;

    public IEnumerable<(string Name, GoldenConfig Value)> Members => json.EnumerateObject().Select(member => (member.Name, new GoldenConfig(member.Value)));

    public IEnumerable<GoldenConfig> Items => json.EnumerateArray().Select(item => new GoldenConfig(item));

    public bool IsArray => json.ValueKind == JsonValueKind.Array;

    public double Number => json.GetDouble();

    private bool Flag => json.GetBoolean();

    public string Text => json.GetString() ?? throw new FormatException("the configuration has null where a text belongs");

    public GoldenConfig this[string name] => json.TryGetProperty(name, out var value)
        ? new GoldenConfig(value)
        : throw new FormatException($"the configuration has no '{name}'");

    public bool Has(string name) => json.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null;

    public int Int(string name) => this[name].Bounded(name, MaxExtent);

    public int Layers(string name) => this[name].Bounded(name, MaxLayers);

    public int[] Ints(string name) => [.. this[name].Items.Select(item => item.Bounded(name, MaxExtent))];

    public bool[] Flags(string name) => [.. this[name].Items.Select(item => item.Flag)];

    public bool IsTrue(string name) => json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;

    public int Bounded(string name, int max)
    {
        return json.TryGetInt32(out var value) && value >= 1 && value <= max
            ? value
            : throw new FormatException($"'{name}' in the configuration must be a whole number from 1 to {max}");
    }

    public ulong Seed() => json.GetUInt64();
}
