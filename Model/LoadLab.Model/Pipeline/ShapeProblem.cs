namespace LoadLab.Model.Pipeline;

/// <summary>A field of a job that its model does not accept, and what it does accept.</summary>
public sealed record ShapeProblem(string Field, string Value, string Accepted)
{
    public override string ToString() => $"{Field} is {Value}; accepted: {Accepted}";
}
