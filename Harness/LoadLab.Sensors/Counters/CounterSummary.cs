using LoadLab.Core;

namespace LoadLab.Sensors;

/// <summary>How one counter was sampled over a run.</summary>
public sealed record CounterSummary
{
    public required string Source { get; init; }

    public required string Metric { get; init; }

    public required string Unit { get; init; }

    /// <summary>How often it was asked, failures included.</summary>
    public required long Reads { get; init; }

    /// <summary>Distinct samples: the value had changed, or the driver's timestamp was new.</summary>
    public required long Distinct { get; init; }

    /// <summary>Rows written although nothing had changed, so that a steady value stays visible; at most one a second.</summary>
    public required long Heartbeats { get; init; }

    /// <summary>Reads that showed nothing new and were not written.</summary>
    public required long Repeats { get; init; }

    /// <summary>Median length between two changes; null before the second. For a counter that changes with every read it is the reading period: the true one is at most that.</summary>
    public required Duration? RefreshMedian { get; init; }

    /// <summary>The 90th percentile of the same lengths.</summary>
    public required Duration? RefreshP90 { get; init; }

    /// <summary>Whether the times are the driver's own.</summary>
    public required bool DriverTimes { get; init; }

    public required long Failures { get; init; }

    /// <summary>The last failure, why the counter is absent or ended, or how it is made when that is not the usual way; null when all is plain.</summary>
    public required string? Reason { get; init; }

    /// <summary>Whether the counter gives nothing any more.</summary>
    public required bool Stopped { get; init; }

    public override string ToString()
    {
        var period = RefreshMedian is { } median ? $"{(DriverTimes ? "refreshed" : "new value")} every {median.Milliseconds:F1} ms (p90 {RefreshP90?.Milliseconds:F1} ms)" : "refresh period unknown";
        var trouble = Reason is null ? "" : $"; {(Stopped ? "stopped" : Failures > 0 ? $"{Failures} failures" : "note")}: {Reason}";
        return $"{Source} {Metric}: {Distinct} distinct of {Reads} reads, {period}{trouble}";
    }
}
