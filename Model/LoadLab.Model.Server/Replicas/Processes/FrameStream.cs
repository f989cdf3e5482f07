using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace LoadLab.Model.Server.Replicas.Processes;

/// <summary>A message that is none: too long, cut off, or not what its sender may say.</summary>
internal sealed class FrameException(string message) : Exception(message);

/// <summary>
/// Messages over a stream: four bytes of length, little-endian, then that many bytes of JSON. One thread reads; any may write, a message at a time.
/// </summary>
/// <remarks>Bound: a message has 1 to 1 MiB of JSON. A longer one is refused before any of it is read, and memory grows with what has arrived, not with what is promised.</remarks>
internal sealed class FrameStream(Stream stream) : IDisposable
{
    public const int MostBytes = 1 << 20;
    private const int HeaderBytes = 4;
    private const int Chunk = 16 << 10;

    private static readonly JsonWriterOptions s_writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Lock _writing = new();
    private readonly ArrayBufferWriter<byte> _out = new();
    private byte[] _in = new byte[Chunk];

    /// <summary>The next message; null when the other end has closed between two.</summary>
    /// <exception cref="FrameException">What came is no message of this type.</exception>
    public T? Read<T>(JsonTypeInfo<T> type)
        where T : class
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        var got = stream.ReadAtLeast(header, HeaderBytes, throwOnEndOfStream: false);
        if (got == 0)
        {
            return null;
        }

        var length = got == HeaderBytes ? BinaryPrimitives.ReadUInt32LittleEndian(header) : throw new FrameException($"a length is cut off after {got} bytes");
        if (length is 0 or > MostBytes)
        {
            throw new FrameException($"a message of {length} bytes is not from 1 to {MostBytes}");
        }

        Fill((int)length);
        try
        {
            return JsonSerializer.Deserialize(_in.AsSpan(0, (int)length), type) ?? throw new FrameException("a message is null");
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or InvalidOperationException or ArgumentException)
        {
            throw new FrameException($"a message is not what may be said here: {e.Message.ReplaceLineEndings(" ")}");
        }
    }

    /// <exception cref="FrameException">The message is too long; nothing was sent.</exception>
    /// <exception cref="IOException">The other end is gone.</exception>
    public void Write<T>(T message, JsonTypeInfo<T> type)
    {
        lock (_writing)
        {
            _out.ResetWrittenCount();
            _out.Write(stackalloc byte[HeaderBytes]);
            using (var json = new Utf8JsonWriter(_out, s_writing))
            {
                JsonSerializer.Serialize(json, message, type);
            }

            var length = _out.WrittenCount - HeaderBytes;
            if (length > MostBytes)
            {
                throw new FrameException($"a message of {length} bytes is longer than {MostBytes}");
            }

            // The length's place was kept free: one write, so that a reader never waits for the rest.
            BinaryPrimitives.WriteInt32LittleEndian(MemoryMarshal.AsMemory(_out.WrittenMemory).Span, length);
            stream.Write(_out.WrittenSpan);
            stream.Flush();
        }
    }

    public void Dispose() => stream.Dispose();

    private void Fill(int length)
    {
        for (var read = 0; read < length;)
        {
            if (read == _in.Length)
            {
                Array.Resize(ref _in, Math.Min(2 * _in.Length, MostBytes));
            }

            var got = stream.Read(_in, read, Math.Min(length, _in.Length) - read);
            read += got > 0 ? got : throw new FrameException($"a message of {length} bytes is cut off after {read}");
        }
    }
}
