using System.Text.Json.Serialization;
using LoadLab.Serving.Profiles;

namespace LoadLab.Fleet.Design;

/// <summary>What can be measured by itself: a shape in batches of one size.</summary>
public readonly record struct DesignCell(string Model, Shape Shape, int Batch)
{
    public override string ToString() => $"{Model} {Shape}, batch {Batch}";
}

/// <summary>Batches of a cell to play.</summary>
public sealed record PlannedCell
{
    public required string Model { get; init; }

    public required int Width { get; init; }

    public required int Height { get; init; }

    public required int Frames { get; init; }

    public required int Steps { get; init; }

    public required bool Guided { get; init; }

    /// <summary>Calls that are sent together.</summary>
    public required int Batch { get; init; }

    /// <summary>Batches that count.</summary>
    public required int Repeats { get; init; }

    /// <summary>Batches before all others that warm the server up, priced as well: 1 of the cheapest cell of a model, else 0.</summary>
    public required int WarmUp { get; init; }

    /// <summary>What one batch is expected to take.</summary>
    public required double Seconds { get; init; }

    /// <summary>Of all its batches and all GPUs of a replica.</summary>
    public required double GpuSeconds { get; init; }

    /// <summary>Of the scenario's work, the share that such batches do.</summary>
    public required double WorkShare { get; init; }

    /// <summary>By how many per cent the scenario's p95 moves when such batches take one per cent longer.</summary>
    public required double P95Sensitivity { get; init; }

    /// <summary>Batches that stood behind the cell before.</summary>
    public required int Known { get; init; }

    [JsonIgnore]
    public DesignCell Cell => new(Model, new Shape(Width, Height, Frames, Steps, Guided), Batch);
}
