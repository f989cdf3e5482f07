namespace LoadLab.Model.Tokenizer;

/// <summary>Takes whitespace off the ends ("Strip").</summary>
internal sealed class SpaceStrip(bool left, bool right) : ITextNormalizer
{
    public int Growth => 1;

    public string Apply(string text)
    {
        text = left ? text.TrimStart() : text;
        return right ? text.TrimEnd() : text;
    }
}
