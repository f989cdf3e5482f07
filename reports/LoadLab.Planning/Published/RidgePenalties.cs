namespace LoadLab.Planning;

/// <summary>How hard the terms of <see cref="CellPredictor"/> are drawn towards zero; the squares of the logarithms' residuals count 1.</summary>
/// <param name="Shared">Of the terms that all GPUs share.</param>
/// <param name="Own">Of one GPU's own deviations: one that is seen once is mostly taken for noise.</param>
public sealed record RidgePenalties(double Shared = 1e-3, double Own = 1)
{
    /// <summary>Each ten times smaller and ten times larger than the default.</summary>
    public static IReadOnlyList<RidgePenalties> Corners { get; } =
        [.. new[] { 1e-4, 1e-2 }.SelectMany(shared => new[] { 0.1, 10 }.Select(own => new RidgePenalties(shared, own)))];
}
