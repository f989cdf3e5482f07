using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Core.Runs;
using LoadLab.Serving;
using LoadLab.Serving.Journal;
using LoadLab.Serving.Profiles;
using LoadLab.Workload;

namespace LoadLab.Fleet;

/// <summary>One figure as recorded and as simulated. Latencies in seconds; infinite where too few calls completed.</summary>
public sealed record FidelityLine(string Name, double Recorded, double Simulated)
{
    /// <summary>(simulated - recorded) / recorded; null when either is not finite or the recorded figure is 0.</summary>
    public double? Error => double.IsFinite(Recorded) && double.IsFinite(Simulated) && Recorded != 0 ? (Simulated - Recorded) / Recorded : null;
}

/// <summary>How well the simulator retells a recorded run.</summary>
public sealed record FidelityReport
{
    /// <summary>mean, p50, p95, p99 latency over planned calls; mean service time; busy share.</summary>
    public required IReadOnlyList<FidelityLine> Lines { get; init; }

    public required int Planned { get; init; }

    /// <summary>Completed in the record and in the simulation.</summary>
    public required (int Recorded, int Simulated) Completed { get; init; }

    /// <summary>Real calls behind the profile.</summary>
    public required int ProfileRealCalls { get; init; }

    /// <summary>Real calls in the record compared with.</summary>
    public required int RunRealCalls { get; init; }

    /// <summary>Whether the run's own calls calibrated the profile: then the errors flatter.</summary>
    public required bool CalibratedOnThisRun { get; init; }

    public required IReadOnlyList<string> Assumptions { get; init; }
}

/// <summary>Simulates the schedule of a recorded run under its own server configuration, from its journal, and compares.</summary>
public static class Fidelity
{
    /// <summary>Throws <see cref="InputException"/> for a run without schedule or journal, or with shapes that the profile lacks.</summary>
    public static FidelityReport Compare(RunFolder run, ServiceProfile profile)
    {
        var manifest = run.ReadManifest();
        var calls = run.ReadSchedule();
        if (calls.Count == 0 || !run.Has(RunFolder.DecisionsName))
        {
            throw new InputException(new Problem(run.FullPath, 0, "", null, "has no schedule or no decisions.jsonl", "give a run against a local or emulated target"));
        }

        var journal = run.File(RunFolder.DecisionsName);
        var facts = JournalFacts.Of(journal);
        var schedule = new Schedule(calls[^1].Intended - Instant.Zero, calls, [.. calls.Select(_ => "")]);
        var result = FleetSimulation.Run(schedule, profile, Fleet(facts), facts.Header.Serving, facts.Header.Autoscaler, new Seed(manifest.Seed));
        var recorded = run.ReadCalls();
        return new FidelityReport
        {
            Lines = [.. Latencies(recorded, result.Calls), new("mean service", Service(recorded), Service(result.Calls)), new("busy share", BusyShare(journal, recorded, result.End), result.BusyShare)],
            Planned = calls.Count,
            Completed = (recorded.Count(IsCompleted), result.Calls.Count(IsCompleted)),
            ProfileRealCalls = profile.RealCalls,
            RunRealCalls = manifest.RealCalls,
            CalibratedOnThisRun = profile.Runs.Contains(manifest.ScheduleSha256),
            Assumptions = result.Assumptions,
        };
    }

    /// <summary>Nodes as the record shows them, and as warm as they were when the load began.</summary>
    private static FleetOptions Fleet(JournalFacts facts) => new()
    {
        ProvisionDelay = Mean(facts.ProvisionDelays),
        BootDelay = Mean(facts.BootDelays),
        StartBefore = facts.Started is { } started && started < Instant.Zero ? Instant.Zero - started : Duration.Zero,
    };

    private static Duration Mean(IReadOnlyList<Duration> spans) => spans.Count == 0 ? Duration.Zero : Duration.FromSeconds(spans.Average(span => span.Seconds));

    private static IEnumerable<FidelityLine> Latencies(IReadOnlyList<CallRecord> recorded, IReadOnlyList<CallRecord> simulated)
    {
        yield return new("mean latency", Completed(recorded).DefaultIfEmpty(double.NaN).Average(), Completed(simulated).DefaultIfEmpty(double.NaN).Average());
        foreach (var (name, share) in new[] { ("p50 latency", 0.50), ("p95 latency", 0.95), ("p99 latency", 0.99) })
        {
            yield return new(name, Percentile.Of(Planned(recorded), share), Percentile.Of(Planned(simulated), share));
        }
    }

    private static IEnumerable<double> Completed(IReadOnlyList<CallRecord> calls) => calls.Where(IsCompleted).Select(call => call.Latency!.Value.Seconds);

    private static IEnumerable<double> Planned(IReadOnlyList<CallRecord> calls) => calls.Select(call => call.Latency?.Seconds ?? double.PositiveInfinity);

    private static double Service(IReadOnlyList<CallRecord> calls) =>
        calls.Where(call => IsCompleted(call) && call.Started is not null).Select(call => ((call.DecodeEnd ?? call.Completed!.Value) - call.Started!.Value).Seconds).DefaultIfEmpty(double.NaN).Average();

    /// <summary>Over the same span as the simulation: from the start to the last call's end.</summary>
    private static double BusyShare(string journal, IReadOnlyList<CallRecord> calls, Instant simulatedEnd)
    {
        var end = calls.Where(call => call.Completed is not null).Select(call => call.Completed!.Value).DefaultIfEmpty(simulatedEnd).Max();
        var usage = ReplicaUsageAccount.OfJournal(journal);
        var provisioned = usage.Sum(replica => (End(replica, end) - replica.Provisioned).Seconds);
        return provisioned > 0 ? usage.Sum(replica => replica.Busy.Seconds) / provisioned : 0;
    }

    private static Instant End(ReplicaUsage replica, Instant end) => replica.Gone < end ? replica.Gone : Instant.Max(end, replica.Provisioned);

    private static bool IsCompleted(CallRecord call) => call.Outcome == Outcome.Completed;
}
