using System.Buffers.Binary;
using System.IO.Compression;
using LoadLab.Core.Input;

namespace LoadLab.Core.Runs;

/// <summary>
/// The bytes of a plain or gzip file, told apart by its first two bytes. Bounded by the unpacked size, so that a small hostile file cannot fill the memory. A gzip file that
/// was cut off is refused: the platform's reader would end in silence, so the length that the file's last four bytes promise is checked here.
/// Every fault is an <see cref="InputException"/>.
/// </summary>
public sealed class PackedFile : IDisposable
{
    private readonly string _path;
    private readonly long _maxBytes;
    private readonly FileStream _file;
    private readonly Stream _plain;
    private readonly uint? _promised;
    private long _read;

    public PackedFile(string path, long maxBytes)
    {
        _path = path;
        _maxBytes = maxBytes;
        _file = Guarded(() => new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        _promised = Guarded(PromisedLength);
        _plain = _promised is null ? _file : new GZipStream(_file, CompressionMode.Decompress);
    }

    /// <summary>Bytes read into the buffer; 0 at the end.</summary>
    public int Read(byte[] buffer)
    {
        var count = Guarded(() => _plain.Read(buffer));
        _read += count;
        if (_read > _maxBytes)
        {
            throw Refused($"unpacks to more than {_maxBytes} bytes", "split it");
        }

        if (count == 0 && _promised is { } promised && (uint)_read != promised)
        {
            throw Refused("is cut off, or holds several gzip members", "copy it again, or unpack it first");
        }

        return count;
    }

    public void Dispose()
    {
        _plain.Dispose();
        _file.Dispose();
    }

    /// <summary>Unpacked length modulo 2^32 from the end of a gzip file (RFC 1952, ISIZE); null for a plain file.</summary>
    private uint? PromisedLength()
    {
        var magic = _file.ReadByte() == 0x1F && _file.ReadByte() == 0x8B;
        uint? length = null;
        if (magic)
        {
            var last = new byte[4];
            _file.Seek(-Math.Min(4, _file.Length), SeekOrigin.End);
            _file.ReadAtLeast(last, last.Length, throwOnEndOfStream: false);
            length = BinaryPrimitives.ReadUInt32LittleEndian(last);
        }

        _file.Seek(0, SeekOrigin.Begin);
        return length;
    }

    private T Guarded<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or ArgumentException or NotSupportedException)
        {
            throw Refused("cannot be read", e.Message);
        }
    }

    private InputException Refused(string message, string fix) => new(new Problem(_path, 0, "", null, message, fix));
}
