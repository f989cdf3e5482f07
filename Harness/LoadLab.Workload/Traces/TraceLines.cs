using System.Text;
using LoadLab.Core.Runs;

namespace LoadLab.Workload;

/// <summary>Lines of a text, read as a stream. A line longer than <see cref="Csv.MaxLineLength"/> bytes is skipped and told so.</summary>
/// <param name="read">Fills a buffer; 0 at the end.</param>
internal sealed class TraceLines(Func<byte[], int> read)
{
    private readonly byte[] _buffer = new byte[1 << 16];
    private readonly byte[] _line = new byte[Csv.MaxLineLength];
    private int _at;
    private int _filled;

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
        _filled = read(_buffer);
        return _filled > 0;
    }
}
