using System.Buffers.Text;

namespace LoadLab.Sensors;

/// <summary>Takes lines and blank-separated words off the front of the kernel's text; never throws and never reads past the end, whatever the text is.</summary>
internal static class ProcText
{
    /// <summary>The next whole line; false when no line end is left, so that a line cut off by the buffer is never read.</summary>
    public static bool TryLine(ref ReadOnlySpan<byte> text, out ReadOnlySpan<byte> line)
    {
        var end = text.IndexOf((byte)'\n');
        line = end < 0 ? default : text[..end];
        text = end < 0 ? default : text[(end + 1)..];
        return end >= 0;
    }

    /// <summary>The next word; empty at the end of the line.</summary>
    public static ReadOnlySpan<byte> Word(ref ReadOnlySpan<byte> line)
    {
        line = line.TrimStart(" \t"u8);
        var end = line.IndexOfAny((byte)' ', (byte)'\t');
        var word = end < 0 ? line : line[..end];
        line = line[word.Length..];
        return word;
    }

    /// <summary>The next word as a whole number of at least 0; null when it is none or does not fit.</summary>
    public static long? Number(ref ReadOnlySpan<byte> line)
    {
        var word = Word(ref line);
        return Utf8Parser.TryParse(word, out long value, out var used) && used == word.Length && value >= 0 ? value : null;
    }

    /// <summary>The number behind a key of a "key value" text; null when the key is not there.</summary>
    public static long? Value(ReadOnlySpan<byte> text, ReadOnlySpan<byte> key)
    {
        while (TryLine(ref text, out var line))
        {
            if (Word(ref line).SequenceEqual(key))
            {
                return Number(ref line);
            }
        }

        return null;
    }

    /// <summary>A file that holds one number; null when it holds something else (cgroup v2 writes "max" for no limit).</summary>
    public static long? Single(ReadOnlySpan<byte> text)
    {
        text = text.TrimEnd("\n "u8);
        return Number(ref text);
    }
}
