using LoadLab.Core;

namespace LoadLab.Workload;

/// <summary>One arrival of a trace.</summary>
/// <param name="ArrivalNs">Nanoseconds since the trace's zero, every digit of the file kept.</param>
/// <param name="Line">Line in the file, from 1.</param>
/// <param name="Job">What the row says of the job; null when the format says nothing.</param>
public readonly record struct TraceRow(long ArrivalNs, int Line, TraceJob? Job);

/// <summary>What a trace row says of its job; a null field is not said.</summary>
public sealed record TraceJob
{
    public string? Tenant { get; init; }

    public string? Tier { get; init; }

    public string? Model { get; init; }

    public string? Prompt { get; init; }

    public int? Width { get; init; }

    public int? Height { get; init; }

    public int? Frames { get; init; }

    public int? Steps { get; init; }

    /// <summary>Images or clips that the one request asked for.</summary>
    public int? Outputs { get; init; }

    public double? Guidance { get; init; }

    public string? Quality { get; init; }

    public long? CallSeed { get; init; }

    public Duration? Deadline { get; init; }

    public Duration? Patience { get; init; }
}
