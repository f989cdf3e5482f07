using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Core.Runs;
using LoadLab.Serving;
using LoadLab.Serving.Journal;
using LoadLab.Serving.Profiles;
using LoadLab.Workload;

namespace LoadLab.Fleet;

/// <summary>One figure as recorded, as simulated and as predicted without a simulator. Times in seconds; infinite where too few calls completed.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Unit">s, share or calls/s.</param>
/// <param name="Recorded">In the recorded run.</param>
/// <param name="Simulated">Mean over the replications.</param>
/// <param name="Low">Least of the replications.</param>
/// <param name="High">Greatest of the replications.</param>
/// <param name="ServiceOnly">By the service time alone: nobody waits.</param>
/// <param name="QueueFormula">By the formula of a queue with fitted moments; infinite where the load exceeds the servers.</param>
public sealed record FidelityLine(string Name, string Unit, double Recorded, double Simulated, double Low, double High, double ServiceOnly, double QueueFormula)
{
    /// <summary>(simulated - recorded) / recorded; null when either is not finite or the recorded figure is 0.</summary>
    public double? Error => double.IsFinite(Recorded) && double.IsFinite(Simulated) && Recorded != 0 ? (Simulated - Recorded) / Recorded : null;
}

/// <summary>How well the simulator retells a recorded run.</summary>
public sealed record FidelityReport
{
    /// <summary>Those of <see cref="FidelityFigures.Names"/>, in their order.</summary>
    public required IReadOnlyList<FidelityLine> Lines { get; init; }

    /// <summary>Simulations of the same arrivals with different draws of the service times.</summary>
    public required int Replications { get; init; }

    public required int Planned { get; init; }

    /// <summary>Planned after the warm-up: the calls that the lines are over.</summary>
    public required int Counted { get; init; }

    /// <summary>Completed in the record, and in the simulations on average.</summary>
    public required (int Recorded, double Simulated) Completed { get; init; }

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
    /// <param name="run">The record.</param>
    /// <param name="profile">The times to simulate with.</param>
    /// <param name="replications">Simulations to average, each with its own draws.</param>
    /// <param name="warmUp">Calls intended in this first time are played and simulated and do not count.</param>
    public static FidelityReport Compare(RunFolder run, ServiceProfile profile, int replications = 8, Duration warmUp = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(replications, 1);
        var manifest = run.ReadManifest();
        var calls = Arrivals(run);
        if (calls.Count == 0 || !run.Has(RunFolder.DecisionsName))
        {
            throw new InputException(new Problem(run.FullPath, 0, "", null, "has no schedule or no decisions.jsonl", "give a run against a local or emulated target"));
        }

        var from = Instant.Zero + warmUp;
        var counted = calls.Where(call => call.Intended >= from).ToList();
        if (counted.Count == 0)
        {
            throw new InputException(new Problem(run.FullPath, 0, "", null, $"has no call after a warm-up of {warmUp.Seconds} s", "shorten the warm-up"));
        }

        var facts = JournalFacts.Of(run.File(RunFolder.DecisionsName));
        var schedule = new Schedule(calls[^1].Intended - Instant.Zero, calls, [.. calls.Select(_ => "")]);
        var results = Enumerable.Range(0, replications)
            .Select(number => FleetSimulation.Run(schedule, profile, Fleet(facts), facts.Header.Serving, facts.Header.Autoscaler, new Seed(manifest.Seed).Derive("fidelity").Derive(number)))
            .ToList();
        var recorded = run.ReadCalls();
        var usage = ReplicaUsageAccount.OfJournal(run.File(RunFolder.DecisionsName));
        var naive = new NaivePredictors(counted, profile, FidelityFigures.Replicas(recorded, usage, from), facts.Header.Serving.Batching.MaxBatch);
        return new FidelityReport
        {
            Lines = Lines(FidelityFigures.Of(recorded, usage, from), [.. results.Select(result => FidelityFigures.Of(result.Calls, result.Usage, from))], naive),
            Replications = replications,
            Planned = calls.Count,
            Counted = counted.Count,
            Completed = (recorded.Count(IsCompleted), results.Average(result => result.Calls.Count(IsCompleted))),
            ProfileRealCalls = profile.RealCalls,
            RunRealCalls = manifest.RealCalls,
            CalibratedOnThisRun = profile.Runs.Contains(manifest.ScheduleSha256),
            Assumptions = results[0].Assumptions,
        };
    }

    /// <summary>What the run sent when: the schedule, or for a closed loop the times that its answers brought.</summary>
    private static IReadOnlyList<ScheduledCall> Arrivals(RunFolder run)
    {
        var calls = run.ReadSchedule();
        return calls.Count > 0 && calls[0].Think is not null
            ? [.. run.ReadCalls().Zip(calls, (row, call) => call with { Intended = row.Intended, Think = null })]
            : calls;
    }

    private static List<FidelityLine> Lines(FidelityFigures recorded, List<FidelityFigures> simulated, NaivePredictors naive)
    {
        var (service, formula) = (naive.ServiceOnly().Values, naive.QueueFormula().Values);
        return
        [
            .. FidelityFigures.Names.Select((figure, i) =>
            {
                var values = simulated.Select(replication => replication.Values[i]).ToList();
                return new FidelityLine(figure.Name, figure.Unit, recorded.Values[i], values.Average(), values.Min(), values.Max(), service[i], formula[i]);
            }),
        ];
    }

    /// <summary>Nodes as the record shows them, the first of which come late where code is still compiled, and as warm as they were when the load began.</summary>
    private static FleetOptions Fleet(JournalFacts facts) => new()
    {
        ProvisionDelay = Median(facts.ProvisionDelays),
        BootDelay = Median(facts.BootDelays),
        StartBefore = facts.Started is { } started && started < Instant.Zero ? Instant.Zero - started : Duration.Zero,
    };

    private static Duration Median(IReadOnlyList<Duration> spans) => spans.Count == 0 ? Duration.Zero : Duration.FromSeconds(Outliers.Median([.. spans.Select(span => span.Seconds)]));

    private static bool IsCompleted(CallRecord call) => call.Outcome == Outcome.Completed;
}
