using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Serving.Safety;

namespace LoadLab.Serving.Journal;

/// <summary>One parsed line of a journal. Each getter refuses a missing or wrong field by file, line and name.</summary>
internal readonly struct JournalRow(JsonElement row, string file, int line)
{
    public InputException Bad(string field, string message) =>
        new(new Problem(file, line, field, row.TryGetProperty(field, out var value) ? Shorten(value.ToString()) : null, message, "the journal is damaged or of another version"));

    public JournalRow Child(string field) => new(Get(field, JsonValueKind.Object), file, line);

    /// <summary>Throws <see cref="JsonException"/> for what the type does not hold.</summary>
    public T Parse<T>(string field, JsonTypeInfo<T> type) => Get(field, JsonValueKind.Object).Deserialize(type) ?? throw new JsonException("it is null");

    public string Text(string field) => Get(field, JsonValueKind.String).GetString()!;

    public long Long(string field) => Get(field, JsonValueKind.Number).TryGetInt64(out var value) ? value : throw Bad(field, "is not a whole number");

    public int Int(string field) => Get(field, JsonValueKind.Number).TryGetInt32(out var value) ? value : throw Bad(field, "is not a whole number");

    public ulong Unsigned(string field) => Get(field, JsonValueKind.Number).TryGetUInt64(out var value) ? value : throw Bad(field, "is not a whole number");

    public double Double(string field) => Get(field, JsonValueKind.Number).TryGetDouble(out var value) && double.IsFinite(value) ? value : throw Bad(field, "is not a number");

    public bool Flag(string field) => row.TryGetProperty(field, out var value) && value.ValueKind is JsonValueKind.True or JsonValueKind.False
        ? value.GetBoolean()
        : throw Bad(field, "is not true or false");

    public Instant At(string field) => new(Long(field));

    public bool Has(string field) => row.TryGetProperty(field, out _);

    public SafetyPhase Phase()
    {
        var word = Text("phase");
        return Array.IndexOf(JournalText.Phases, word) is var index and >= 0 ? (SafetyPhase)index : throw Bad("phase", "is not before or after");
    }

    public JobId Job(string field = "job") => new(Long(field));

    public ReplicaId Replica() => new(Int("replica"));

    public BatchId Batch() => new(Long("batch"));

    public ModelId Model() => new(Text("model"));

    public Stage Stage()
    {
        var word = Text("stage");
        return Array.FindIndex(JournalText.Stages, stage => stage == word) is var index and >= 0 ? (Stage)index : throw Bad("stage", "is not a stage");
    }

    public JobId[] Jobs()
    {
        var jobs = new List<JobId>();
        foreach (var item in Get("jobs", JsonValueKind.Array).EnumerateArray())
        {
            jobs.Add(item.ValueKind == JsonValueKind.Number && item.TryGetInt64(out var id) ? new JobId(id) : throw Bad("jobs", "is not a list of whole numbers"));
        }

        return [.. jobs];
    }

    private static string Shorten(string text) => text.Length > 80 ? text[..80] : text;

    private JsonElement Get(string field, JsonValueKind kind) =>
        row.TryGetProperty(field, out var value) && value.ValueKind == kind ? value : throw Bad(field, $"is not a {kind.ToString().ToLowerInvariant()}");
}
