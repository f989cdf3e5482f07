namespace LoadLab.Model.Weights;

/// <summary>Weights that do not fit the model's configuration. Every problem is listed: tensor, expected and found shape.</summary>
public sealed class WeightsException(IReadOnlyList<string> problems) : Exception(string.Join(Environment.NewLine, problems))
{
    public IReadOnlyList<string> Problems { get; } = problems;
}
