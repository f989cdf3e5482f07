using System.Text.Json;
using LoadLab.Serving.Autoscaling;

namespace LoadLab.Serving.Journal;

/// <summary>Line 1 of the journal and the words that its lines share.</summary>
internal static class JournalText
{
    /// <summary>By value of <see cref="Stage"/>.</summary>
    internal static readonly string[] Stages = ["whole", "text", "denoise", "decode"];

    private static readonly string[] s_autoscalers = ["fixed", "article-rule"];

    public static void Write(Utf8JsonWriter json, JournalHeader header)
    {
        json.WriteStartObject();
        json.WriteNumber("core", header.Core);
        json.WriteStartObject("serving");
        json.WriteString("model", header.Serving.Model.Name);
        json.WriteString("replica_kind", header.Serving.Kind.Name);
        json.WriteBoolean("preload", header.Serving.Preload);
        json.WriteNumber("queue_limit", header.Serving.QueueLimit);
        json.WriteEndObject();
        Write(json, header.Autoscaler);
        json.WriteNumber("seed", header.Seed);
        json.WriteNumber("epoch_ns", header.EpochNs);
        json.WriteEndObject();
    }

    public static JournalHeader Header(JournalRow row)
    {
        var serving = row.Child("serving");
        return new JournalHeader
        {
            Core = row.Int("core"),
            Serving = new ServingOptions
            {
                Model = serving.Model(),
                Kind = new ReplicaKind(serving.Text("replica_kind")),
                Preload = serving.Flag("preload"),
                QueueLimit = serving.Int("queue_limit"),
            },
            Autoscaler = Autoscaler(row.Child("autoscaler")),
            Seed = row.Unsigned("seed"),
            EpochNs = row.Long("epoch_ns"),
        };
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
