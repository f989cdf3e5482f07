using System.Buffers.Text;

namespace LoadLab.Sensors;

/// <summary>/proc/loadavg: tasks that run or wait, averaged over a minute; the kernel refreshes it every five seconds.</summary>
internal static class LoadAverage
{
    public static double? Parse(ReadOnlySpan<byte> text)
    {
        text = text.TrimEnd((byte)'\n');
        var word = ProcText.Word(ref text);
        return Utf8Parser.TryParse(word, out double value, out var used) && used == word.Length && value >= 0 && double.IsFinite(value) ? value : null;
    }
}
