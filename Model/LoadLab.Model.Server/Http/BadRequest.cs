namespace LoadLab.Model.Server.Http;

/// <summary>What is wrong with a request.</summary>
/// <param name="Problems">At least one; past a bound the rest are only counted.</param>
/// <param name="Count">All of them.</param>
/// <param name="Model">The model asked for, whose shapes the answer may list; null = none that is known.</param>
internal sealed record BadRequest(IReadOnlyList<FieldProblem> Problems, int Count, ServedModel? Model = null)
{
    public BadRequest(FieldProblem problem)
        : this([problem], 1)
    {
    }
}
