namespace LoadLab.Model.Tokenizer;

/// <summary>A tokenizer.json that cannot be used. Every problem is listed: file, field, what was found and what is expected.</summary>
public sealed class TokenizerException(IReadOnlyList<string> problems) : Exception(string.Join(Environment.NewLine, problems))
{
    public IReadOnlyList<string> Problems { get; } = problems;
}
