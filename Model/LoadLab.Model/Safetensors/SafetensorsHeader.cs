using System.Buffers.Binary;
using System.Text.Json;

namespace LoadLab.Model.Safetensors;

/// <summary>
/// Reads and checks a header: 8 bytes little-endian length, JSON, then data. Nothing is allocated in proportion to a number the file
/// states; only to bytes it really has. Format: github.com/huggingface/safetensors, README "Format".
/// </summary>
internal sealed class SafetensorsHeader
{
    /// <summary>The limit of the format's own reader.</summary>
    public const long MaxBytes = 100_000_000;

    private const int LengthBytes = 8;
    private const string MetadataKey = "__metadata__";

    private SafetensorsHeader(Dictionary<string, SafetensorsEntry> entries, Dictionary<string, string> metadata, long dataStart)
    {
        Entries = entries;
        Metadata = metadata;
        DataStart = dataStart;
    }

    public Dictionary<string, SafetensorsEntry> Entries { get; }

    public Dictionary<string, string> Metadata { get; }

    public long DataStart { get; }

    /// <exception cref="SafetensorsException">Any check failed.</exception>
    public static SafetensorsHeader Read(MappedBytes bytes, string file)
    {
        var length = ReadLength(bytes, file);
        var json = bytes.Slice(LengthBytes, length);
        var dataStart = LengthBytes + (long)length;
        var header = new SafetensorsHeader([], [], dataStart);
        var rawEntries = header.Parse(json, file);
        foreach (var raw in rawEntries)
        {
            header.Entries.Add(raw.Name, EntryCheck.ToEntry(raw, bytes.Length - dataStart, file));
        }

        EntryCheck.CheckLayout(header.Entries.Values, bytes.Length - dataStart, file);
        return header;
    }

    private static int ReadLength(MappedBytes bytes, string file)
    {
        if (bytes.Length < LengthBytes)
        {
            throw Refuse(SafetensorsCheck.HeaderLength, file, $"{bytes.Length} bytes; a safetensors file begins with an 8-byte header length");
        }

        var length = BinaryPrimitives.ReadUInt64LittleEndian(bytes.Slice(0, LengthBytes));
        if (length > MaxBytes)
        {
            throw Refuse(SafetensorsCheck.HeaderLength, file, $"header length {length}; the limit is {MaxBytes} bytes");
        }

        if ((long)length > bytes.Length - LengthBytes)
        {
            throw Refuse(SafetensorsCheck.HeaderLength, file, $"header length {length}, but only {bytes.Length - LengthBytes} bytes follow; the file is cut or not a safetensors file");
        }

        return (int)length;
    }

    private List<RawEntry> Parse(ReadOnlySpan<byte> json, string file)
    {
        if (json.Length < 2 || json[0] != (byte)'{')
        {
            throw Refuse(SafetensorsCheck.HeaderJson, file, "the header must be a JSON object that starts with '{'");
        }

        try
        {
            return ParseObject(json, file);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a string that is not valid UTF-8 or holds a lone surrogate.
            throw Refuse(SafetensorsCheck.HeaderJson, file, $"the header is not valid JSON: {e.Message}");
        }
    }

    private List<RawEntry> ParseObject(ReadOnlySpan<byte> json, string file)
    {
        // The document is walked once to its end first, so that a later syntax error is reported as such.
        var walk = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 8 });
        while (walk.Read())
        {
        }

        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 8 });
        var entries = new List<RawEntry>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            if (!names.Add(name))
            {
                throw new SafetensorsException(SafetensorsCheck.Entry, file, name, "the name appears twice in the header");
            }

            reader.Read();
            if (name == MetadataKey)
            {
                ReadMetadata(ref reader, file);
            }
            else
            {
                entries.Add(RawEntry.Read(ref reader, name, file));
            }
        }

        return entries;
    }

    private void ReadMetadata(ref Utf8JsonReader reader, string file)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new SafetensorsException(SafetensorsCheck.Entry, file, MetadataKey, "must be an object of strings");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.String)
            {
                throw new SafetensorsException(SafetensorsCheck.Entry, file, MetadataKey, $"'{key}' must be a string");
            }

            if (!Metadata.TryAdd(key, reader.GetString()!))
            {
                throw new SafetensorsException(SafetensorsCheck.Entry, file, MetadataKey, $"'{key}' appears twice");
            }
        }
    }

    private static SafetensorsException Refuse(SafetensorsCheck check, string file, string problem) => new(check, file, null, problem);
}
