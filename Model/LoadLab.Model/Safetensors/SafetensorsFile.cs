using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace LoadLab.Model.Safetensors;

/// <summary>A mapped safetensors file. Its header is checked whole on opening; values are converted when read.</summary>
public sealed class SafetensorsFile : IDisposable
{
    private const int ChunkBytes = 1 << 20;

    private readonly MappedBytes _bytes;
    private readonly SafetensorsHeader _header;

    private SafetensorsFile(MappedBytes bytes, string name)
    {
        _bytes = bytes;
        Name = name;
        _header = SafetensorsHeader.Read(bytes, name);
    }

    /// <summary>The path as given, used in messages.</summary>
    public string Name { get; }

    /// <summary>Tensors by name.</summary>
    public IReadOnlyDictionary<string, SafetensorsEntry> Entries => _header.Entries;

    /// <summary>The header's string map; empty when absent.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <summary>Maps a file and checks its header.</summary>
    /// <exception cref="SafetensorsException">The file cannot be read or a check failed.</exception>
    public static SafetensorsFile Open(string path)
    {
        MappedBytes bytes;
        try
        {
            bytes = MappedBytes.Open(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new SafetensorsException(SafetensorsCheck.HeaderLength, path, null, $"cannot be read: {e.Message}");
        }

        return Create(bytes, path);
    }

    /// <summary>The same checks over bytes already in memory.</summary>
    internal static SafetensorsFile FromBytes(byte[] bytes, string name) => Create(new MappedBytes(bytes), name);

    /// <summary>Values as float32, rounded from wider types. Refuses tensors that are not numbers this build reads.</summary>
    public void ReadFloat32(SafetensorsEntry entry, Span<float> destination)
    {
        if (destination.Length != entry.Count)
        {
            throw new ArgumentException($"{destination.Length} places for {entry.Count} values of '{entry.Name}'", nameof(destination));
        }

        ReadFloat32(entry, 0, destination);
    }

    /// <summary>The same of the values from <paramref name="first"/> on, as many as there are places.</summary>
    public void ReadFloat32(SafetensorsEntry entry, long first, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, entry.Count - destination.Length);
        var elementBytes = SafetensorsTypes.Size(entry.Type);
        var step = ChunkBytes / elementBytes;
        for (var done = 0; done < destination.Length; done += step)
        {
            var count = Math.Min(step, destination.Length - done);
            var source = _bytes.Slice(_header.DataStart + entry.Begin + ((first + done) * elementBytes), count * elementBytes);
            if (!ElementConversion.TryToFloat32(entry.Type, source, destination.Slice(done, count)))
            {
                throw Refuse(entry, $"dtype {SafetensorsTypes.Name(entry.Type)} is not read as numbers by this build; {SafetensorsTypes.Convert}");
            }
        }
    }

    /// <summary>Reads a weight's values from <paramref name="first"/> on, as many as there are places; NaN or infinity is refused.</summary>
    public void ReadFinite(SafetensorsEntry entry, long first, Span<float> destination)
    {
        ReadFloat32(entry, first, destination);
        var bad = ElementConversion.FirstNotFinite(destination);
        if (bad >= 0)
        {
            throw Refuse(entry, $"value {destination[bad]} at index {first + bad}; weights must be finite");
        }
    }

    /// <summary>Reads a whole weight; NaN or infinity is refused.</summary>
    public void ReadFinite(SafetensorsEntry entry, Span<float> destination)
    {
        if (destination.Length != entry.Count)
        {
            throw new ArgumentException($"{destination.Length} places for {entry.Count} values of '{entry.Name}'", nameof(destination));
        }

        ReadFinite(entry, 0, destination);
    }

    /// <summary>Values as float64, exactly.</summary>
    public double[] ReadFloat64(SafetensorsEntry entry)
    {
        var values = new double[entry.Count];
        if (entry.Type == SafetensorsType.F64)
        {
            RawBytes(entry).CopyTo(MemoryMarshal.AsBytes(values.AsSpan()));
            return values;
        }

        var narrow = new float[values.Length];
        ReadFloat32(entry, narrow);
        Array.ConvertAll(narrow, v => (double)v).CopyTo(values, 0);
        return values;
    }

    /// <summary>Values of an I64, I32, U8 or BOOL tensor.</summary>
    public long[] ReadIntegers(SafetensorsEntry entry)
    {
        var raw = RawBytes(entry);
        var values = new long[entry.Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = entry.Type switch
            {
                SafetensorsType.I64 => BinaryPrimitives.ReadInt64LittleEndian(raw[(i * 8)..]),
                SafetensorsType.I32 => BinaryPrimitives.ReadInt32LittleEndian(raw[(i * 4)..]),
                SafetensorsType.U8 or SafetensorsType.Bool => raw[i],
                _ => throw Refuse(entry, $"dtype {SafetensorsTypes.Name(entry.Type)} is not read as integers"),
            };
        }

        return values;
    }

    public void Dispose() => _bytes.Dispose();

    private ReadOnlySpan<byte> RawBytes(SafetensorsEntry entry)
    {
        if (entry.End - entry.Begin > int.MaxValue)
        {
            throw Refuse(entry, $"{entry.End - entry.Begin} bytes; this reading is for small tensors");
        }

        return _bytes.Slice(_header.DataStart + entry.Begin, (int)(entry.End - entry.Begin));
    }

    private static SafetensorsFile Create(MappedBytes bytes, string name)
    {
        try
        {
            return new SafetensorsFile(bytes, name);
        }
        catch
        {
            bytes.Dispose();
            throw;
        }
    }

    private SafetensorsException Refuse(SafetensorsEntry entry, string problem) => new(SafetensorsCheck.Data, Name, entry.Name, problem);
}
