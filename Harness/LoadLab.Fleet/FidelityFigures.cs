using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Serving;

namespace LoadLab.Fleet;

/// <summary>What a run comes to, measured, simulated or predicted by a formula alike. Times in seconds.</summary>
/// <param name="MeanLatency">Of the completed calls.</param>
/// <param name="P50Latency">Over planned calls, one that did not complete counting as infinite; p95 and p99 too.</param>
/// <param name="P95Latency">As p50.</param>
/// <param name="P99Latency">As p50.</param>
/// <param name="MeanWait">From the intended send to the start of the batch that completed the call.</param>
/// <param name="MeanService">From that start to the end of decoding.</param>
/// <param name="Throughput">Completed calls a second, from the start of the load to the last end.</param>
/// <param name="BusyShare">Replica busy time over provisioned time, from the start of the load to the last end.</param>
public sealed record FidelityFigures(
    double MeanLatency, double P50Latency, double P95Latency, double P99Latency, double MeanWait, double MeanService, double Throughput, double BusyShare)
{
    /// <summary>Names and units of <see cref="Values"/>.</summary>
    public static IReadOnlyList<(string Name, string Unit)> Names { get; } =
    [
        ("mean latency", "s"), ("p50 latency", "s"), ("p95 latency", "s"), ("p99 latency", "s"), ("mean wait", "s"), ("mean service", "s"), ("throughput", "calls/s"), ("busy share", "share"),
    ];

    /// <summary>In the order of <see cref="Names"/>.</summary>
    internal IReadOnlyList<double> Values => [MeanLatency, P50Latency, P95Latency, P99Latency, MeanWait, MeanService, Throughput, BusyShare];

    /// <param name="calls">Of the whole run.</param>
    /// <param name="usage">Of its replicas.</param>
    /// <param name="from">Calls intended before are the run's warm-up and do not count; what they left in the queue does.</param>
    internal static FidelityFigures Of(IReadOnlyList<CallRecord> calls, IReadOnlyList<ReplicaUsage> usage, Instant from)
    {
        var counted = calls.Where(call => call.Intended >= from).ToList();
        var completed = counted.Where(IsCompleted).ToList();
        var started = completed.Where(call => call.Started is not null).ToList();
        var sorted = counted.Select(call => call.Latency?.Seconds ?? double.PositiveInfinity).Order().ToList();
        var end = End(completed, from);
        var provisioned = Provisioned(usage, from, end);
        return new FidelityFigures(
            Mean(completed, call => call.Latency!.Value),
            Percentile.OfSorted(sorted, 0.50),
            Percentile.OfSorted(sorted, 0.95),
            Percentile.OfSorted(sorted, 0.99),
            Mean(started, call => call.Started!.Value - call.Intended),
            Mean(started, call => DecodeEnd(call) - call.Started!.Value),
            end > from ? completed.Count / (end - from).Seconds : 0,
            provisioned > 0 ? (usage.Sum(replica => replica.Busy.Seconds) - BusyBefore(calls, from)) / provisioned : 0);
    }

    /// <summary>Mean number of replicas that existed while the load lasted; 1 where nothing tells.</summary>
    internal static double Replicas(IReadOnlyList<CallRecord> calls, IReadOnlyList<ReplicaUsage> usage, Instant from)
    {
        var end = End([.. calls.Where(IsCompleted)], from);
        return Provisioned(usage, from, end) / (end - from).Seconds is > 0 and < double.PositiveInfinity and var replicas ? replicas : 1;
    }

    private static bool IsCompleted(CallRecord call) => call is { Outcome: Outcome.Completed, Completed: not null };

    private static Instant DecodeEnd(CallRecord call) => call.DecodeEnd ?? call.Completed!.Value;

    private static Instant End(IReadOnlyList<CallRecord> completed, Instant from) => completed.Select(call => call.Completed!.Value).Append(from).Max();

    private static double Provisioned(IReadOnlyList<ReplicaUsage> usage, Instant from, Instant end) =>
        usage.Sum(replica => Math.Max(0, Math.Min(replica.Gone.Seconds, end.Seconds) - Math.Max(replica.Provisioned.Seconds, from.Seconds)));

    /// <summary>Seconds of the batches that completed, as far as they lie before.</summary>
    private static double BusyBefore(IReadOnlyList<CallRecord> calls, Instant from) =>
        calls.Where(call => IsCompleted(call) && call.Started < from).DistinctBy(call => (call.Replica, call.Started))
            .Sum(call => Math.Min(DecodeEnd(call).Seconds, from.Seconds) - call.Started!.Value.Seconds);

    private static double Mean(List<CallRecord> calls, Func<CallRecord, Duration> time) => calls.Select(call => time(call).Seconds).DefaultIfEmpty(double.NaN).Average();
}
