using LoadLab.Core;
using LoadLab.Core.Input;

namespace LoadLab.Workload;

/// <summary>How often each of many is drawn: the one of rank r (from 1) in proportion to r^-s. Written <c>zipf(1.1)</c>, or <c>uniform</c> for s = 0.</summary>
internal sealed class Popularity
{
    private readonly double[] _upTo;

    /// <param name="count">How many there are, at least 1.</param>
    /// <param name="exponent">s.</param>
    public Popularity(int count, double exponent)
    {
        _upTo = new double[count];
        var sum = 0.0;
        for (var i = 0; i < count; i++)
        {
            _upTo[i] = sum += Math.Pow(i + 1, -exponent);
        }
    }

    /// <summary>An index from 0; takes one draw.</summary>
    public int Draw(RandomStream stream)
    {
        var at = Array.BinarySearch(_upTo, stream.NextDouble() * _upTo[^1]);
        return Math.Min(at < 0 ? ~at : at + 1, _upTo.Length - 1);
    }

    /// <summary>The exponent that the field <c>popularity</c> writes; 0 when absent.</summary>
    public static double Bind(Section section) =>
        section.Value("popularity", Exponent, s => s is >= 0 and <= 10, "a popularity", "uniform or zipf(1.1)") ?? 0;

    private static double? Exponent(string text) =>
        text == "uniform" ? 0
        : text.StartsWith("zipf(", StringComparison.Ordinal) && text.EndsWith(')') ? Quantity.Number(text[5..^1])
        : null;
}
