using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace LoadLab.Model.Safetensors;

/// <summary>Writes float32 tensors to one file, whole or not at all: to a temporary name first, then renamed over the target.</summary>
internal static class SafetensorsWriter
{
    private const int Alignment = 8;

    /// <summary>Values are asked for one tensor at a time, in the given order; each must have the shape's count.</summary>
    public static void Write(string path, IReadOnlyList<(string Name, int[] Shape)> tensors, Func<int, float[]> valuesOf, IReadOnlyDictionary<string, string> metadata)
    {
        var temporary = $"{path}.{Environment.ProcessId}-{Guid.NewGuid():N}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                WriteHeader(stream, tensors, metadata);
                for (var i = 0; i < tensors.Count; i++)
                {
                    stream.Write(MemoryMarshal.AsBytes<float>(Checked(tensors[i], valuesOf(i))));
                }
            }

            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static float[] Checked((string Name, int[] Shape) tensor, float[] values)
    {
        return values.LongLength == Count(tensor.Shape)
            ? values
            : throw new ArgumentException($"{values.Length} values for '{tensor.Name}' of shape {SafetensorsEntry.FormatShape(tensor.Shape)}");
    }

    private static void WriteHeader(FileStream stream, IReadOnlyList<(string Name, int[] Shape)> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject("__metadata__");
            foreach (var (key, value) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            {
                json.WriteString(key, value);
            }

            json.WriteEndObject();
            var offset = 0L;
            foreach (var (name, shape) in tensors)
            {
                var end = offset + (Count(shape) * sizeof(float));
                WriteEntry(json, name, shape, offset, end);
                offset = end;
            }

            json.WriteEndObject();
        }

        // Spaces after the JSON align the data, as other writers do.
        var padding = (Alignment - (buffer.WrittenCount % Alignment)) % Alignment;
        buffer.Write(Enumerable.Repeat((byte)' ', padding).ToArray());
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)buffer.WrittenCount);
        stream.Write(length);
        stream.Write(buffer.WrittenSpan);
    }

    private static void WriteEntry(Utf8JsonWriter json, string name, int[] shape, long begin, long end)
    {
        json.WriteStartObject(name);
        json.WriteString("dtype", "F32");
        json.WriteStartArray("shape");
        Array.ForEach(shape, json.WriteNumberValue);
        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(begin);
        json.WriteNumberValue(end);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static long Count(int[] shape) => shape.Aggregate(1L, (count, extent) => checked(count * extent));
}
