using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Fleet;
using LoadLab.Serving;

namespace LoadLab.Planning;

/// <summary>A simulated run behind a claim, and the figures that rows are made of.</summary>
/// <param name="Scenario">Name of the shipped scenario.</param>
/// <param name="Profile">Name of the profile.</param>
/// <param name="RealCalls">Real calls behind the profile.</param>
/// <param name="Result">What the simulation found.</param>
public sealed record ClaimRun(string Scenario, string Profile, int RealCalls, SimulationResult Result)
{
    public IReadOnlyList<CallRecord> Calls => Result.Calls;

    public int Completed => Count(Outcome.Completed);

    /// <summary>Completed over planned.</summary>
    public double Goodput => (double)Completed / Calls.Count;

    public double ProvisionedHours => Result.Usage.Sum(usage => usage.Total.Seconds) / 3600;

    /// <summary>GPU-seconds of busy time for a completed clip; what failed is paid by what did not.</summary>
    public double BusyPerClip => BusySeconds / Completed;

    /// <summary>The same of some calls: each carries its part of its last batch.</summary>
    public double BusyPerClipOf(Func<CallRecord, bool> of) => Calls.Where(call => call is { Outcome: Outcome.Completed, Started: not null, Completed: not null } && of(call))
        .Average(call => (call.Completed!.Value - call.Started!.Value).Seconds / Math.Max(1, call.BatchSize ?? 1));

    /// <summary>Completed clips for a provisioned GPU-day.</summary>
    public double ClipsPerGpuDay => Completed * 24 / ProvisionedHours;

    /// <summary>Completed calls over the batches they ran in.</summary>
    public double MeanBatch => Completed / Calls.Where(call => call.Outcome == Outcome.Completed).Sum(call => 1.0 / Math.Max(1, call.BatchSize ?? 1));

    /// <summary>Seconds from intended to completed, of completed calls.</summary>
    public double Latency(double share, Func<CallRecord, bool>? of = null) =>
        Percentile.Of(Calls.Where(call => of?.Invoke(call) ?? true).Select(call => call.Latency?.Seconds).OfType<double>(), share);

    /// <summary>Seconds from intended to the first start, of calls that started.</summary>
    public double Wait(double share, Func<CallRecord, bool>? of = null) =>
        Percentile.Of(Calls.Where(call => call.Started is not null && (of?.Invoke(call) ?? true)).Select(call => (call.Started!.Value - call.Intended).Seconds), share);

    /// <summary>Replicas in the order of their numbers.</summary>
    public IReadOnlyList<ReplicaUsage> Replicas => [.. Result.Usage.OrderBy(usage => usage.Replica.Value)];

    private double BusySeconds => Result.Usage.Sum(usage => usage.Busy.Seconds);

    private int Count(Outcome outcome) => Calls.Count(call => call.Outcome == outcome);
}
