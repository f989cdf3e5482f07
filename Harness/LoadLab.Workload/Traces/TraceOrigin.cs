using System.Buffers;
using System.Text;
using System.Text.Json;
using LoadLab.Core;
using LoadLab.Core.Input;

namespace LoadLab.Workload;

/// <summary>
/// Where an imported trace comes from and what was done to it: a small JSON document beside the file, <c>NAME.json</c>. A comment in the file itself would be no RFC 4180.
/// </summary>
public sealed record TraceOrigin
{
    private const int MaxBytes = 1 << 20;
    private const int MaxItems = 10_000;

    /// <summary>Where the trace was published, in the words of who imported it.</summary>
    public string? Source { get; init; }

    /// <summary>Under which terms.</summary>
    public string? Licence { get; init; }

    /// <summary>Name of the file that was imported.</summary>
    public string? File { get; init; }

    /// <summary>Its format's word.</summary>
    public string? Format { get; init; }

    /// <summary>What its times counted in.</summary>
    public string? Unit { get; init; }

    /// <summary>Arrivals written.</summary>
    public int Rows { get; init; }

    /// <summary>Damaged rows left out.</summary>
    public int Malformed { get; init; }

    public IReadOnlyList<string> Transformations { get; init; } = [];

    /// <summary>Whether the arrivals were drawn from rates or counts.</summary>
    public bool Synthetic { get; init; }

    /// <summary>Wall-clock time of the file's zero.</summary>
    public DateTimeOffset? Zero { get; init; }

    /// <summary>Stretches without data.</summary>
    public IReadOnlyList<TraceGap> Gaps { get; init; } = [];

    /// <summary>What an import of this trace is to leave behind.</summary>
    public static TraceOrigin Of(Trace trace, string? source, string? licence) => new()
    {
        Source = source ?? trace.Origin?.Source,
        Licence = licence ?? trace.Origin?.Licence,
        File = Path.GetFileName(trace.File),
        Format = Trace.WordOf(trace.Format),
        Unit = TraceUnits.WordOf(trace.Unit),
        Rows = trace.Rows.Count,
        Malformed = trace.Malformed,
        Transformations = trace.Transformations,
        Synthetic = trace.Synthetic,
        Zero = trace.Zero,
        Gaps = trace.Gaps,
    };

    public static string PathOf(string trace) => trace + ".json";

    /// <summary>What stands beside a trace; null when nothing does.</summary>
    /// <exception cref="InputException">It is there and cannot be read.</exception>
    public static TraceOrigin? Beside(string trace)
    {
        var path = PathOf(trace);
        if (!System.IO.File.Exists(path))
        {
            return null;
        }

        try
        {
            using var file = System.IO.File.OpenRead(path);
            if (file.Length > MaxBytes)
            {
                throw Refused(path, $"is longer than {MaxBytes} bytes");
            }

            using var document = JsonDocument.Parse(file);
            return Read(document.RootElement, path);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException or OverflowException or IOException or UnauthorizedAccessException)
        {
            throw Refused(path, "is not the origin of a trace");
        }
    }

    /// <summary>As JSON: snake case, two blanks, LF.</summary>
    public string ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            json.WriteString("source", Source);
            json.WriteString("licence", Licence);
            json.WriteString("file", File);
            json.WriteString("format", Format);
            json.WriteString("unit", Unit);
            json.WriteNumber("rows", Rows);
            json.WriteNumber("malformed", Malformed);
            WriteList(json, "transformations", Transformations, json.WriteStringValue);
            json.WriteBoolean("synthetic", Synthetic);
            json.WriteString("zero", Zero?.ToString("O"));
            WriteList(json, "gaps", Gaps, gap => Write(json, gap));
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan) + "\n";
    }

    /// <summary>The trace with what its import knew and its file does not say.</summary>
    internal Trace Into(Trace trace) => trace with
    {
        Origin = this,
        Zero = trace.Zero ?? Zero,
        Gaps = Gaps,
        Synthetic = Synthetic,
        Transformations = [.. Transformations, .. trace.Transformations],
    };

    private static TraceOrigin Read(JsonElement root, string path)
    {
        var origin = new TraceOrigin
        {
            Source = Text(root, "source"),
            Licence = Text(root, "licence"),
            File = Text(root, "file"),
            Format = Text(root, "format"),
            Unit = Text(root, "unit"),
            Rows = root.GetProperty("rows").GetInt32(),
            Malformed = root.GetProperty("malformed").GetInt32(),
            Transformations = [.. root.GetProperty("transformations").EnumerateArray().Take(MaxItems).Select(item => item.GetString() ?? "")],
            Synthetic = root.GetProperty("synthetic").GetBoolean(),
            Zero = root.TryGetProperty("zero", out var zero) && zero.ValueKind == JsonValueKind.String ? zero.GetDateTimeOffset() : null,
            Gaps = [.. root.GetProperty("gaps").EnumerateArray().Take(MaxItems).Select(ReadGap)],
        };
        return origin.Rows >= 0 && origin.Malformed >= 0 && origin.Gaps.All(gap => gap.From >= Duration.Zero && gap.Length > Duration.Zero) ? origin : throw Refused(path, "holds figures below zero");
    }

    private static TraceGap ReadGap(JsonElement gap) =>
        new(Duration.FromSeconds(gap.GetProperty("from_s").GetDouble()), Duration.FromSeconds(gap.GetProperty("length_s").GetDouble()), Text(gap, "reason") ?? "");

    private static string? Text(JsonElement element, string name) => element.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static void WriteList<T>(Utf8JsonWriter json, string name, IReadOnlyList<T> items, Action<T> write)
    {
        json.WriteStartArray(name);
        foreach (var item in items)
        {
            write(item);
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, TraceGap gap)
    {
        json.WriteStartObject();
        json.WriteNumber("from_s", gap.From.Seconds);
        json.WriteNumber("length_s", gap.Length.Seconds);
        json.WriteString("reason", gap.Reason);
        json.WriteEndObject();
    }

    private static InputException Refused(string path, string message) =>
        new(new Problem(path, 0, "", null, message, "import the trace again, or remove that file"));
}
