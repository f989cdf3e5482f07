using System.Text;
using System.Text.RegularExpressions;

namespace LoadLab.Model.Tokenizer;

/// <summary>Replaces a text wherever it stands, or every run of two or more spaces ("Replace"); no other pattern is supported.</summary>
internal sealed partial class TextReplacement : ITextNormalizer
{
    /// <summary>The one regular expression that sentencepiece models are converted with.</summary>
    public const string SpaceRunPattern = " {2,}";

    private const int MinSpaceRun = 2;

    private readonly string? _text;
    private readonly string _replacement;

    private TextReplacement(string? text, string replacement)
    {
        _text = text;
        _replacement = replacement;
    }

    public int Growth
    {
        get
        {
            var from = _text is null ? MinSpaceRun : Encoding.UTF8.GetByteCount(_text);
            return Math.Max(1, (Encoding.UTF8.GetByteCount(_replacement) + from - 1) / from);
        }
    }

    public static TextReplacement Of(string text, string replacement) => new(text, replacement);

    public static TextReplacement OfSpaceRuns(string replacement) => new(null, replacement);

    public string Apply(string text) => _text is null
        ? SpaceRun().Replace(text, _ => _replacement)
        : text.Replace(_text, _replacement, StringComparison.Ordinal);

    [GeneratedRegex(SpaceRunPattern)]
    private static partial Regex SpaceRun();
}
