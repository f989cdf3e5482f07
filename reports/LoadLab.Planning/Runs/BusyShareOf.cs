using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Serving;

namespace LoadLab.Planning;

/// <summary>Replica busy time / provisioned time.</summary>
internal static class BusyShareOf
{
    public static Figure Usage(IReadOnlyList<ReplicaUsage> usage)
    {
        var provisioned = usage.Sum(replica => replica.Total.Seconds);
        return Figure.Of(provisioned > 0 ? usage.Sum(replica => replica.Busy.Seconds) / provisioned : double.NaN, "no replica was provisioned");
    }

    /// <summary>The time that the named batches span, over the window of the run times the replicas that ran any: a replica that never worked is not seen.</summary>
    public static Figure Calls(IEnumerable<CallRecord> calls, double windowSeconds)
    {
        var batches = calls
            .Where(call => call is { Replica: not null, Started: not null } && End(call) is not null)
            .GroupBy(call => (call.Replica, Batch: call.Batch ?? -1 - call.Call))
            .Select(batch => (batch.Key.Replica, Seconds: (batch.Max(call => End(call)!.Value) - batch.Min(call => call.Started!.Value)).Seconds))
            .ToList();
        var replicas = batches.Select(batch => batch.Replica).Distinct().Count();
        return Figure.Of(replicas > 0 ? batches.Sum(batch => batch.Seconds) / (windowSeconds * replicas) : double.NaN, "no call names a replica");
    }

    private static Instant? End(CallRecord call) => call.DecodeEnd ?? call.Completed;
}
