using LoadLab.Core.Input;

namespace LoadLab.Serving.Journal;

/// <summary>Whole lines of a stream as bytes, each of bounded length. What follows the last line end is torn and not given.</summary>
internal sealed class LineReader(Stream stream, string file) : IDisposable
{
    private const int MaxLine = 1 << 20;
    private byte[] _buffer = new byte[1 << 16];
    private int _start;
    private int _end;

    /// <summary>Number of the line last given, from 1.</summary>
    public int Number { get; private set; }

    public bool Torn { get; private set; }

    /// <summary>A copy of the next line without its end; null after the last whole one.</summary>
    public byte[]? Next()
    {
        var scanned = _start;
        while (true)
        {
            var at = _buffer.AsSpan(scanned, _end - scanned).IndexOf((byte)'\n');
            if (at >= 0)
            {
                var line = _buffer.AsSpan(_start, scanned + at - _start).ToArray();
                _start = scanned + at + 1;
                Number++;
                return line;
            }

            var length = _end - _start;
            if (length > MaxLine)
            {
                throw new InputException(new Problem(file, Number + 1, "", null, $"is longer than {MaxLine} bytes", "is it a decisions.jsonl?"));
            }

            if (!Fill())
            {
                Torn = length > 0;
                return null;
            }

            scanned = _start + length;
        }
    }

    public void Dispose() => stream.Dispose();

    private bool Fill()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }
        else if (_end == _buffer.Length)
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        var read = stream.Read(_buffer, _end, _buffer.Length - _end);
        _end += read;
        return read > 0;
    }
}
