namespace LoadLab.Model.Tokenizer;

/// <summary>One step from a text to the text the vocabulary was made for.</summary>
internal interface ITextNormalizer
{
    /// <summary>A bound on how many times longer than its input, both in UTF-8 bytes, the output may be.</summary>
    int Growth { get; }

    string Apply(string text);
}
