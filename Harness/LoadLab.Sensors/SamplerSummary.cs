using LoadLab.Core;

namespace LoadLab.Sensors;

/// <summary>What sampling did and what it cost.</summary>
public sealed record SamplerSummary
{
    public required double AskedHz { get; init; }

    /// <summary>Rounds of reads done per second; below the asked rate when a round took longer than its period.</summary>
    public required double ReachedHz { get; init; }

    public required long Rounds { get; init; }

    public required long Rows { get; init; }

    /// <summary>Rounds left out because the one before ran past their time.</summary>
    public required long Missed { get; init; }

    public required Duration Length { get; init; }

    /// <summary>CPU time of the sampler's thread, reading and writing; null where the system does not tell.</summary>
    public required Duration? CpuTime { get; init; }

    /// <summary>CPU time over length: 0.01 is one per cent of one core.</summary>
    public double? CoreShare => CpuTime is { } cpu && Length > Duration.Zero ? cpu.Seconds / Length.Seconds : null;

    /// <summary>Why rows could not be written; null when they could.</summary>
    public required string? WriteFailure { get; init; }

    /// <summary>The source whose read did not return in time (a driver can hang), with which sampling ended; null when all returned.</summary>
    public required string? Stalled { get; init; }

    /// <summary>Empty when sampling stalled.</summary>
    public required IReadOnlyList<CounterSummary> Counters { get; init; }
}
