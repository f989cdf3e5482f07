using LoadLab.Serving.Profiles;

namespace LoadLab.Model.Server.Emulation;

/// <summary>Replicas that wait a profile's times instead of computing.</summary>
public sealed record EmulationOptions
{
    /// <summary>Whose times and memory.</summary>
    public required ServiceProfile Profile { get; init; }

    /// <summary>Divides every time that is waited; above 0.</summary>
    public double Speed { get; init; } = 1;

    /// <summary>Memory of one replica in bytes; null = it never runs out.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>Whether each replica is a process of its own.</summary>
    public bool InChildren { get; init; }

    public FaultOptions Faults { get; init; } = new();

    /// <summary>For the first line of a run: emulated x500.</summary>
    public string Label => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"emulated x{Speed:0.###}");
}
