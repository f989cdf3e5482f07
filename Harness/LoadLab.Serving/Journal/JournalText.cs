using System.Text.Json;
using LoadLab.Serving.Autoscaling;

namespace LoadLab.Serving.Journal;

/// <summary>Line 1 of the journal and the words that its lines share.</summary>
internal static class JournalText
{
    /// <summary>By value of <see cref="Stage"/>.</summary>
    internal static readonly string[] Stages = ["whole", "text", "denoise", "decode"];

    /// <summary>By value of <see cref="Safety.SafetyPhase"/>.</summary>
    internal static readonly string[] Phases = ["before", "after"];

    private static readonly string[] s_autoscalers = ["fixed", "article-rule"];

    public static void Write(Utf8JsonWriter json, JournalHeader header)
    {
        json.WriteStartObject();
        json.WriteNumber("core", header.Core);
        json.WritePropertyName("serving");
        JsonSerializer.Serialize(json, header.Serving, RulesJson.Default.ServingOptions);
        Write(json, header.Autoscaler);
        json.WriteNumber("seed", header.Seed);
        json.WriteNumber("epoch_ns", header.EpochNs);
        json.WriteEndObject();
    }

    public static JournalHeader Header(JournalRow row)
    {
        return new JournalHeader
        {
            Core = row.Int("core"),
            Serving = Serving(row),
            Autoscaler = Autoscaler(row.Child("autoscaler")),
            Seed = row.Unsigned("seed"),
            EpochNs = row.Long("epoch_ns"),
        };
    }

    private static ServingOptions Serving(JournalRow row)
    {
        try
        {
            return row.Parse("serving", RulesJson.Default.ServingOptions);
        }
        catch (JsonException e)
        {
            throw row.Bad("serving", $"is not a serving configuration: {e.Message}");
        }
    }

    private static void Write(Utf8JsonWriter json, AutoscalerOptions options)
    {
        json.WriteStartObject("autoscaler");
        json.WriteString("kind", s_autoscalers[(int)options.Kind]);
        json.WriteNumber("replicas", options.Replicas);
        json.WriteNumber("min", options.Min);
        json.WriteNumber("max", options.Max);
        json.WriteNumber("high", options.High);
        json.WriteNumber("pending", options.Pending);
        json.WriteNumber("low", options.Low);
        json.WriteNumber("interval_ns", options.Interval.Nanoseconds);
        json.WriteNumber("cooldown_ns", options.Cooldown.Nanoseconds);
        json.WriteEndObject();
    }

    private static AutoscalerOptions Autoscaler(JournalRow row) => new()
    {
        Kind = Array.IndexOf(s_autoscalers, row.Text("kind")) is var kind and >= 0 ? (AutoscalerKind)kind : throw row.Bad("kind", "is not known"),
        Replicas = Counted(row, "replicas"),
        Min = Counted(row, "min"),
        Max = Counted(row, "max"),
        High = row.Double("high"),
        Pending = row.Int("pending"),
        Low = row.Double("low"),
        Interval = row.Long("interval_ns") is var interval and > 0 ? new(interval) : throw row.Bad("interval_ns", "is not positive"),
        Cooldown = new(row.Long("cooldown_ns")),
    };

    private static int Counted(JournalRow row, string field) => row.Int(field) is var count and >= 1 and <= 10_000 ? count : throw row.Bad(field, "is not from 1 to 10000");
}
