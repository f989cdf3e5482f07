using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace LoadLab.Parity.Tests;

/// <summary>A golden file in memory whose values can be changed one at a time. Reads the format on its own, not through the code under test.</summary>
internal sealed class GoldenEdit
{
    private readonly byte[] _bytes;
    private readonly int _dataStart;
    private readonly JsonDocument _header;

    public GoldenEdit(string path)
    {
        _bytes = File.ReadAllBytes(path);
        var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(_bytes);
        _dataStart = 8 + length;
        _header = JsonDocument.Parse(Encoding.UTF8.GetString(_bytes, 8, length));
    }

    public string[] Names(string prefix) =>
        [.. _header.RootElement.EnumerateObject().Select(entry => entry.Name).Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    /// <summary>Writes a copy in which one value of a tensor is another: the middle one, or the first of a lookup table, whose other rows may go unused.</summary>
    public void WriteChanged(string tensor, string path)
    {
        var entry = _header.RootElement.GetProperty(tensor);
        var offsets = entry.GetProperty("data_offsets");
        var size = Size(entry.GetProperty("dtype").GetString()!);
        var count = (offsets[1].GetInt64() - offsets[0].GetInt64()) / size;
        var at = _dataStart + (int)(offsets[0].GetInt64() + ((tensor.EndsWith("embedding.weight", StringComparison.Ordinal) ? 0 : count / 2) * size));
        var copy = (byte[])_bytes.Clone();
        Change(copy.AsSpan(at, size), entry.GetProperty("dtype").GetString()!);
        File.WriteAllBytes(path, copy);
    }

    /// <summary>Writes a copy whose configuration has one text in place of another of the same length, which must occur exactly once.</summary>
    public void WriteReplaced(string from, string to, string path)
    {
        // The configuration is a JSON text inside the header's JSON.
        var (old, changed) = (Encoding.UTF8.GetBytes(from.Replace("\"", "\\\"", StringComparison.Ordinal)), Encoding.UTF8.GetBytes(to.Replace("\"", "\\\"", StringComparison.Ordinal)));
        var header = _bytes.AsSpan(8, _dataStart - 8);
        var at = header.IndexOf(old);
        if (at < 0 || header[(at + 1)..].IndexOf(old) >= 0 || old.Length != changed.Length)
        {
            throw new ArgumentException($"'{from}' must stand once in the header and be as long as '{to}'");
        }

        var copy = (byte[])_bytes.Clone();
        changed.CopyTo(copy, 8 + at);
        File.WriteAllBytes(path, copy);
    }

    /// <summary>Writes a copy with one to three letters or digits of the header replaced by their like.</summary>
    public void WriteDamaged(Random random, string path)
    {
        var copy = (byte[])_bytes.Clone();
        for (var edits = random.Next(1, 4); edits > 0;)
        {
            var at = random.Next(8, _dataStart);
            if (char.IsAsciiLetterOrDigit((char)copy[at]))
            {
                copy[at] = (byte)(char.IsAsciiDigit((char)copy[at]) ? '1' + random.Next(9) : 'a' + random.Next(26));
                edits--;
            }
        }

        File.WriteAllBytes(path, copy);
    }

    private static void Change(Span<byte> value, string type)
    {
        switch (type)
        {
            case "F32":
                BinaryPrimitives.WriteSingleLittleEndian(value, BinaryPrimitives.ReadSingleLittleEndian(value) + 0.5f);
                break;
            case "F64":
                BinaryPrimitives.WriteDoubleLittleEndian(value, BinaryPrimitives.ReadDoubleLittleEndian(value) + 1e-6);
                break;
            case "I64":
                BinaryPrimitives.WriteInt64LittleEndian(value, BinaryPrimitives.ReadInt64LittleEndian(value) == 0 ? 1 : 0);
                break;
            default:
                value[0] ^= 0x40;
                break;
        }
    }

    private static int Size(string type) => type switch
    {
        "F64" or "I64" => 8,
        "F32" => 4,
        _ => 1,
    };
}
