using System.Globalization;
using System.Text;

namespace LoadLab.Core.Runs;

/// <summary>The lines of <see cref="Csv"/> as bytes, without a string for each: for files of millions of lines. Give the fields of a line in order, then its end.</summary>
/// <param name="take">Gets what was written, many lines at a time; <see cref="Flush"/> gives the rest.</param>
internal sealed class CsvBytes(Action<ReadOnlySpan<byte>> take)
{
    private const int Full = 1 << 16;
    private const int LongestFigure = 64;
    private byte[] _bytes = new byte[2 * Full];
    private int _count;
    private bool _begun;

    public CsvBytes Field(long? value)
    {
        Separate(LongestFigure);
        if (value is { } figure)
        {
            figure.TryFormat(_bytes.AsSpan(_count), out var written, default, CultureInfo.InvariantCulture);
            _count += written;
        }

        return this;
    }

    public CsvBytes Field(double? value) => Field(Csv.Text(value));

    public CsvBytes Field(string text)
    {
        Separate(Encoding.UTF8.GetMaxByteCount(text.Length));
        return Raw(Csv.Field(text));
    }

    /// <summary>The text as it stands.</summary>
    public CsvBytes Raw(string text)
    {
        Reserve(Encoding.UTF8.GetMaxByteCount(text.Length));
        _count += Encoding.UTF8.GetBytes(text, _bytes.AsSpan(_count));
        return this;
    }

    public void End()
    {
        Reserve(1);
        _bytes[_count++] = (byte)'\n';
        _begun = false;
        if (_count >= Full)
        {
            Flush();
        }
    }

    public void Flush()
    {
        take(_bytes.AsSpan(0, _count));
        _count = 0;
    }

    private void Separate(int room)
    {
        Reserve(room + 1);
        if (_begun)
        {
            _bytes[_count++] = (byte)',';
        }

        _begun = true;
    }

    private void Reserve(int room)
    {
        if (_bytes.Length - _count < room)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _count + room));
        }
    }
}
