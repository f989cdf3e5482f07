using System.Globalization;
using LoadLab.Core;

namespace LoadLab.Workload;

/// <summary>
/// Draws the prompt of each call by popularity; a unique one is a drawn prompt with the number of its take added. Where a length is asked for, each prompt of the book has
/// one length for all who ask it, and a unique one its own.
/// </summary>
internal sealed class PromptBook
{
    private const int WordsShift = 32;
    private const int TakeWords = 2;

    private readonly PromptOptions _options;
    private readonly Seed _lengths;
    private readonly Popularity _popularity;
    private readonly RandomStream _choices;
    private readonly RandomStream _unique;
    private readonly RandomStream _uniqueLengths;

    public PromptBook(PromptOptions options, Seed seed)
        : this(options, seed, new Popularity(options.Distinct, options.ZipfExponent), seed.Derive("prompt-lengths"))
    {
    }

    private PromptBook(PromptOptions options, Seed seed, Popularity popularity, Seed lengths)
    {
        _options = options;
        _popularity = popularity;
        _lengths = lengths;
        _choices = seed.Stream("prompts");
        _unique = seed.Stream("unique-prompts");
        _uniqueLengths = seed.Stream("unique-lengths");
    }

    /// <summary>The same prompts, drawn by another seed.</summary>
    public PromptBook For(Seed seed) => new(_options, seed, _popularity, _lengths);

    /// <summary>What chance gives a call: 1 when nobody else asks its prompt, twice the prompt's place in the book, and 2^32 times its words where a length is asked for.</summary>
    public long Draw()
    {
        var place = _popularity.Draw(_choices);
        var unique = _unique.NextDouble() < _options.UniqueShare;
        return ((long)Words(place, unique) << WordsShift) + (2L * place) + (unique ? 1 : 0);
    }

    public string Text(int call, long draw)
    {
        var unique = (draw & 1) == 1;
        var prompt = Prompt((int)(draw & uint.MaxValue) >> 1, (int)(draw >> WordsShift) - (unique ? TakeWords : 0), draw >> WordsShift > 0);
        return unique ? string.Create(CultureInfo.InvariantCulture, $"{prompt}, take {call + 1}") : prompt;
    }

    /// <summary>Sixteen hex digits of FNV-1a (64 bit) over the UTF-8 bytes.</summary>
    public static string Hash(string prompt) => Seed.Fnv1a(prompt).ToString("x16", CultureInfo.InvariantCulture);

    /// <summary>0 where prompts are taken as they are.</summary>
    private int Words(int place, bool unique)
    {
        if (_options.Length is not { } length)
        {
            return 0;
        }

        var own = length.At(_uniqueLengths.NextNormal());
        return unique ? own : length.At(new RandomStream(_lengths.Derive(place)).NextNormal());
    }

    /// <summary>A prompt of the book; beyond its texts one made of neutral words alone.</summary>
    private string Prompt(int place, int words, bool fitted)
    {
        var text = place < _options.Texts.Count ? _options.Texts[place] : "";
        return fitted ? PromptText.Fit(text, Math.Max(1, words), (ulong)place) : text;
    }
}
