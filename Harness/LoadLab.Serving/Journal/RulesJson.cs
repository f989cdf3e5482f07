using System.Text.Json;
using System.Text.Json.Serialization;
using LoadLab.Core;

namespace LoadLab.Serving.Journal;

/// <summary>The serving configuration as JSON, whole, in the journal's first line: generated, so that a trimmed program keeps it, and the same bytes for the same options.</summary>
[JsonSerializable(typeof(ServingOptions))]
[JsonSourceGenerationOptions(
    GenerationMode = JsonSourceGenerationMode.Metadata,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    UseStringEnumConverter = true,
    Converters = [typeof(DurationJson), typeof(ModelJson), typeof(KindJson), typeof(CalendarJson)])]
internal sealed partial class RulesJson : JsonSerializerContext;

/// <summary>Nanoseconds.</summary>
internal sealed class DurationJson : JsonConverter<Duration>
{
    public override Duration Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetInt64());

    public override void Write(Utf8JsonWriter writer, Duration value, JsonSerializerOptions options) => writer.WriteNumberValue(value.Nanoseconds);
}

internal sealed class ModelJson : JsonConverter<ModelId>
{
    public override ModelId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetString() ?? throw new JsonException("a model is null"));

    public override void Write(Utf8JsonWriter writer, ModelId value, JsonSerializerOptions options) => writer.WriteStringValue(value.Name);
}

internal sealed class KindJson : JsonConverter<ReplicaKind>
{
    public override ReplicaKind Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetString() ?? throw new JsonException("a replica kind is null"));

    public override void Write(Utf8JsonWriter writer, ReplicaKind value, JsonSerializerOptions options) => writer.WriteStringValue(value.Name);
}

/// <summary>{"start":"2026-01-05T18:00:00+00:00","compress":240}</summary>
internal sealed class CalendarJson : JsonConverter<Calendar>
{
    public override Calendar Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var json = JsonDocument.ParseValue(ref reader);
        return json.RootElement.TryGetProperty("start", out var start) && start.TryGetDateTimeOffset(out var at) && json.RootElement.TryGetProperty("compress", out var compress)
            && compress.TryGetDouble(out var factor) && factor >= 1 && at.Year is >= 1970 and <= 2200
            ? new Calendar(at, factor)
            : throw new JsonException("a calendar has a start and a compress of at least 1");
    }

    public override void Write(Utf8JsonWriter writer, Calendar value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        writer.WriteString("start", value.Start);
        writer.WriteNumber("compress", value.Compress);
        writer.WriteEndObject();
    }
}
