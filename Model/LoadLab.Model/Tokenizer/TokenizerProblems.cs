namespace LoadLab.Model.Tokenizer;

/// <summary>What is wrong with one file, gathered so that all of it is told at once; past <see cref="MaxListed"/> problems only their number.</summary>
internal sealed class TokenizerProblems(string file)
{
    private const int MaxListed = 20;

    private readonly List<string> _listed = [];
    private int _count;

    public void Add(string field, string problem)
    {
        _count++;
        if (_count <= MaxListed)
        {
            _listed.Add(field.Length == 0 ? $"{file}: {problem}" : $"{file}: {field}: {problem}");
        }
    }

    /// <exception cref="TokenizerException">There is a problem.</exception>
    public void ThrowIfAny()
    {
        if (_count > MaxListed)
        {
            _listed.Add($"{file}: and {_count - MaxListed} more problems");
        }

        if (_count > 0)
        {
            throw new TokenizerException(_listed);
        }
    }
}
