namespace LoadLab.Core.Input;

/// <summary>One thing wrong with an input, told so that a person can mend it.</summary>
/// <param name="File">File as given by the user, or "command line".</param>
/// <param name="Line">Number from 1; 0 when the input has no lines.</param>
/// <param name="Field">Path of the field, for example workload.jobs[1].frames; may be empty.</param>
/// <param name="Value">The value as read; null when it is missing.</param>
/// <param name="Message">What is wrong with it: "is not a duration".</param>
/// <param name="Fix">What to do: "write for example 60s".</param>
public sealed record Problem(string File, int Line, string Field, string? Value, string Message, string Fix)
{
    public override string ToString()
    {
        var place = Line > 0 ? $"{File}:{Line}" : File;
        var subject = (Field, Value) switch
        {
            ("", null) => "",
            ("", _) => $"\"{Value}\" ",
            (_, null) => $"{Field} ",
            _ => $"{Field} = \"{Value}\" ",
        };
        return $"{place}: {subject}{Message}{(Fix.Length > 0 ? $"; {Fix}" : "")}";
    }
}

/// <summary>Collects every problem of an input, so that all are told at once.</summary>
public sealed class Problems
{
    private const int Most = 200;
    private readonly List<Problem> _all = [];

    public IReadOnlyList<Problem> All => _all;

    public bool Any => _all.Count > 0;

    public void Add(Problem problem)
    {
        if (_all.Count < Most)
        {
            _all.Add(problem);
        }
    }

    public void Add(Node node, string field, string? value, string message, string fix) =>
        Add(new Problem(node.File, node.Line, field, value, message, fix));

    /// <summary>Throws <see cref="InputException"/> when anything was found: file by file as they first came up, each in order of its lines.</summary>
    public void ThrowIfAny()
    {
        if (Any)
        {
            throw new InputException([.. _all.GroupBy(problem => problem.File).SelectMany(file => file.OrderBy(problem => problem.Line))]);
        }
    }
}

/// <summary>Bad input: the command line prints every problem and exits with 2.</summary>
public sealed class InputException(IReadOnlyList<Problem> problems) : Exception(string.Join(Environment.NewLine, problems))
{
    public InputException(Problem problem)
        : this([problem])
    {
    }

    public IReadOnlyList<Problem> Problems { get; } = problems;
}
