namespace LoadLab.Model.Server.Http;

/// <summary>One thing wrong with a request.</summary>
/// <param name="Field">As the request names it.</param>
/// <param name="Value">What stood there; null = nothing.</param>
/// <param name="Message">What is wrong with it.</param>
/// <param name="Fix">What to write instead.</param>
internal sealed record FieldProblem(string Field, string? Value, string Message, string Fix);
