using LoadLab.Core;

namespace LoadLab.Engine.Observers;

/// <summary>One query of a Prometheus server, asked again and again while a run plays; its answers become samples of source remote.</summary>
public sealed record Observation
{
    /// <summary>Address of the server; /api/v1/query lies below it.</summary>
    public required Uri Server { get; init; }

    /// <summary>Environment variable that holds the server's bearer token; null when it needs none.</summary>
    public string? KeyVariable { get; init; }

    /// <summary>PromQL that gives an instant vector or a scalar.</summary>
    public required string Query { get; init; }

    /// <summary>What the values mean: gpu.util, gpu.mem, gpu.power, queue, replicas or custom.NAME; a second query of one meaning is told apart as NAME#2.</summary>
    public required string Metric { get; init; }

    /// <summary>Unit of the samples.</summary>
    public required string Unit { get; init; }

    /// <summary>Sample = value of the query times this.</summary>
    /// <value>1</value>
    public double Scale { get; init; } = 1;

    /// <summary>From one round to the next.</summary>
    public Duration Every { get; init; } = ObserveOptions.DefaultEvery;

    /// <summary>Smallest and largest sample that this meaning allows; what lies outside is counted and left out.</summary>
    internal (double Low, double High) Range { get; init; } = (double.MinValue, double.MaxValue);
}
