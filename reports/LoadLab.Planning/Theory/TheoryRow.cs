namespace LoadLab.Planning.Theory;

/// <summary>A queue and what theory knows of it.</summary>
/// <param name="Group">Its chapter.</param>
/// <param name="Name">The queue in a few words.</param>
/// <param name="Station">Null for formulas alone.</param>
/// <param name="Oracles">At least one.</param>
public sealed record TheoryRow(string Group, string Name, Station? Station, IReadOnlyList<Oracle> Oracles)
{
    /// <summary>Calls of one run, in thousands: the first part of 17 is warm-up, the others are batches.</summary>
    public int Thousands { get; init; } = 50;
}
