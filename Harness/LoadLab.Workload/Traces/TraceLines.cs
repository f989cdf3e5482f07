using System.IO.Compression;
using System.Text;
using LoadLab.Core.Input;
using LoadLab.Core.Runs;

namespace LoadLab.Workload;

/// <summary>
/// Lines of a plain or gzip file, read as a stream. Bounded for hostile files: a line longer than <see cref="Csv.MaxLineLength"/> bytes is skipped and told so,
/// and a file that unpacks to more than <see cref="MaxBytes"/> is refused.
/// </summary>
internal sealed class TraceLines : IDisposable
{
    public const long MaxBytes = 4L << 30;

    private readonly string _path;
    private readonly FileStream _file;
    private readonly Stream _plain;
    private readonly byte[] _buffer = new byte[1 << 16];
    private readonly byte[] _line = new byte[Csv.MaxLineLength];
    private int _at;
    private int _filled;
    private long _read;

    /// <summary>Throws <see cref="InputException"/> when the file cannot be opened.</summary>
    public TraceLines(string path)
    {
        _path = path;
        _file = Guarded(() => File.OpenRead(path));
        _plain = Guarded(() => IsGzip(_file) ? new GZipStream(_file, CompressionMode.Decompress) : (Stream)_file);
    }

    /// <summary>Number of the line last read, from 1.</summary>
    public int Number { get; private set; }

    /// <summary>The next line without its end; null at the end of the file. Empty with <paramref name="tooLong"/> for one over the bound.</summary>
    public string? Next(out bool tooLong)
    {
        var length = 0;
        tooLong = false;
        var any = false;
        while (_at < _filled || Fill())
        {
            any = true;
            var chunk = _buffer.AsSpan(_at, _filled - _at);
            var end = chunk.IndexOf((byte)'\n');
            var taken = end < 0 ? chunk : chunk[..end];
            tooLong |= length + taken.Length > _line.Length;
            if (!tooLong)
            {
                taken.CopyTo(_line.AsSpan(length));
                length += taken.Length;
            }

            _at += end < 0 ? chunk.Length : end + 1;
            if (end >= 0)
            {
                break;
            }
        }

        if (!any)
        {
            return null;
        }

        Number++;
        return tooLong ? "" : Text(length);
    }

    public void Dispose()
    {
        _plain.Dispose();
        _file.Dispose();
    }

    private string Text(int length)
    {
        var bytes = _line.AsSpan(0, length);
        if (Number == 1 && bytes.StartsWith("\uFEFF"u8))
        {
            bytes = bytes[3..];
        }

        return Encoding.UTF8.GetString(bytes.EndsWith("\r"u8) ? bytes[..^1] : bytes);
    }

    private bool Fill()
    {
        _at = 0;
        _filled = Guarded(() => _plain.Read(_buffer));
        _read += _filled;
        return _read <= MaxBytes ? _filled > 0 : throw Unreadable($"unpacks to more than {MaxBytes} bytes", "split it");
    }

    private T Guarded<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or ArgumentException or NotSupportedException)
        {
            throw Unreadable("cannot be read", e.Message);
        }
    }

    private InputException Unreadable(string message, string fix) => new(new Problem(_path, 0, "", null, message, fix));

    private static bool IsGzip(FileStream file)
    {
        var magic = file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
        file.Position = 0;
        return magic;
    }
}
