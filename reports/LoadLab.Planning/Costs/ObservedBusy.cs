using System.Globalization;
using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Planning;

/// <summary>How long observed replicas worked, in replica-time.</summary>
/// <param name="Time">At most the provisioned time; null when nothing says.</param>
/// <param name="From">What says so, in words.</param>
internal sealed record ObservedBusy(Duration? Time, string From)
{
    /// <summary>The calls' own times come first: they are of the work, where utilisation is of the GPUs' kernels.</summary>
    public static ObservedBusy Of(IReadOnlyList<Sample> samples, IReadOnlyList<CallRecord> calls, ObservedReplicas observed, Duration provisioned)
    {
        var batches = Batches(calls);
        if (batches.Count > 0)
        {
            var time = new Duration(batches.Sum(batch => observed.KnownNanoseconds(batch.From, batch.To)));
            var from = $"service times of {calls.Count(Ran)} calls";
            return time > provisioned ? new ObservedBusy(provisioned, $"{from}, which are more than was provisioned: calls shared replicas, or replicas were missed") : new ObservedBusy(time, from);
        }

        // No sample is asked to stand for time in which the count of replicas is not known.
        var utilisation = samples.Where(sample => sample.Source == "remote" && IsUtilisation(sample.Metric) && observed.Knows(sample.At)).ToList();
        if (utilisation.Count == 0)
        {
            return new ObservedBusy(null, "not known (neither calls' service times nor gpu.util), so that idle holds all of it");
        }

        var mean = Math.Clamp(utilisation.Average(sample => sample.Value) / 100, 0, 1);
        var series = utilisation.Select(sample => sample.Metric).Distinct().Count();
        return new ObservedBusy(provisioned * mean, string.Create(CultureInfo.InvariantCulture, $"mean gpu.util of {series} series, {utilisation.Count} samples (kernel-active time, no busy share)"));
    }

    private static bool IsUtilisation(string metric) => metric == "gpu.util" || metric.StartsWith("gpu.util/", StringComparison.Ordinal) || metric.StartsWith("gpu.util#", StringComparison.Ordinal);

    private static bool Ran(CallRecord call) => call.Started is { } start && End(call) > start;

    private static Instant? End(CallRecord call) => call.DecodeEnd ?? call.Completed;

    /// <summary>Calls that name one batch of one replica worked together; the others each by itself.</summary>
    private static List<(Instant From, Instant To)> Batches(IReadOnlyList<CallRecord> calls) =>
    [
        .. calls.Where(Ran).GroupBy(call => (call.Replica, Batch: call.Replica is null || call.Batch is null ? -1L - call.Call : call.Batch.Value))
            .Select(batch => (batch.Min(call => call.Started!.Value), batch.Max(call => End(call)!.Value))),
    ];
}
