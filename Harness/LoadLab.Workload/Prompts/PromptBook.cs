using System.Globalization;
using LoadLab.Core;

namespace LoadLab.Workload;

/// <summary>Draws the prompt of each call by popularity; a unique one is a drawn prompt with the number of its take added.</summary>
internal sealed class PromptBook
{
    private readonly PromptOptions _options;
    private readonly double[] _upTo;
    private readonly RandomStream _choices;
    private readonly RandomStream _unique;

    public PromptBook(PromptOptions options, Seed seed)
    {
        _options = options;
        _choices = seed.Stream("prompts");
        _unique = seed.Stream("unique-prompts");
        _upTo = new double[options.Texts.Count];
        var sum = 0.0;
        for (var i = 0; i < _upTo.Length; i++)
        {
            _upTo[i] = sum += Math.Pow(i + 1, -options.ZipfExponent);
        }
    }

    /// <summary>What chance gives a call: its prompt's place in the file, doubled, and one more when nobody else asks it.</summary>
    public long Draw(int call)
    {
        var at = Array.BinarySearch(_upTo, _choices.NextDouble() * _upTo[^1]);
        var place = Math.Min(at < 0 ? ~at : at + 1, _upTo.Length - 1);
        return (2L * place) + (_unique.NextDouble() < _options.UniqueShare ? 1 : 0);
    }

    public string Text(int call, long draw)
    {
        var prompt = _options.Texts[(int)(draw >> 1)];
        return (draw & 1) == 1 ? string.Create(CultureInfo.InvariantCulture, $"{prompt}, take {call + 1}") : prompt;
    }

    /// <summary>Sixteen hex digits of FNV-1a (64 bit) over the UTF-8 bytes.</summary>
    public static string Hash(string prompt) => Seed.Fnv1a(prompt).ToString("x16", CultureInfo.InvariantCulture);
}
