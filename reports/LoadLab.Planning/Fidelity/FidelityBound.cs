namespace LoadLab.Planning;

/// <summary>One figure's error held against what is asked of it.</summary>
/// <param name="Row">Measured, predicted, and predicted without a simulator.</param>
/// <param name="Share">The bound: greatest error as a share of what was measured.</param>
public sealed record FidelityBound(FidelityRow Row, double Share)
{
    /// <summary>The figures that are held to a bound, and their bounds.</summary>
    public static IReadOnlyList<(string Name, double Share)> All { get; } = [("mean latency", 0.03), ("p95 latency", 0.05), ("p99 latency", 0.08)];

    /// <summary>Whether the error is within the bound.</summary>
    public bool WithinBound => Math.Abs(Row.RelativeError ?? double.PositiveInfinity) <= Share;

    /// <summary>Whether the prediction lies in the 95 % interval of the repeats' mean.</summary>
    public bool WithinInterval => Row.RelativeError is { } error && Row.RelativeInterval is { } half && Math.Abs(error) <= half;

    /// <summary>Whether the bound is missed and the interval saves it.</summary>
    public bool NeedsInterval => !WithinBound && WithinInterval;

    public bool Passed => WithinBound || WithinInterval;

    /// <summary>The bounded figures among a scenario's rows.</summary>
    public static IReadOnlyList<FidelityBound> Of(IReadOnlyList<FidelityRow> rows) =>
        [.. All.Select(bound => new FidelityBound(rows.Single(row => row.Name == bound.Name), bound.Share))];

    /// <summary>Mean size of the bounded figures' errors; infinite where one is not finite.</summary>
    public static double MeanSize(IReadOnlyList<FidelityBound> bounds, Func<FidelityRow, double?> error) =>
        bounds.Average(bound => error(bound.Row) is { } share ? Math.Abs(share) : double.PositiveInfinity);
}
