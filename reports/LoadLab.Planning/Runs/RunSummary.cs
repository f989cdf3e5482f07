using System.Text.Json.Serialization;
using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Fleet;
using LoadLab.Serving;

namespace LoadLab.Planning;

/// <summary>What a run folder says, in figures. Works on the folder of a killed run too, and then says that it is partial.</summary>
public sealed record RunSummary
{
    public required string Scenario { get; init; }

    /// <summary>running, completed, interrupted or failed.</summary>
    public required string Status { get; init; }

    /// <summary>The run did not end by itself: killed (still "running") or interrupted.</summary>
    public required bool Partial { get; init; }

    public required string? Verdict { get; init; }

    /// <summary>real, emulated or simulated.</summary>
    public required string Evidence { get; init; }

    /// <summary>Real calls in this run; for a simulated run those behind its profile.</summary>
    public required int RealCalls { get; init; }

    public required string Device { get; init; }

    public required string ScheduleSha256 { get; init; }

    public required ulong Seed { get; init; }

    public required int Planned { get; init; }

    /// <summary>Count by outcome word; all six words are there, and stand beside <see cref="Planned"/> as well.</summary>
    public required IReadOnlyDictionary<string, int> Outcomes { get; init; }

    public int Completed => Outcomes[Words.Of(Outcome.Completed)];

    public int Rejected => Outcomes[Words.Of(Outcome.Rejected)];

    [JsonPropertyName("timedout")]
    public int TimedOut => Outcomes[Words.Of(Outcome.TimedOut)];

    public int Failed => Outcomes[Words.Of(Outcome.Failed)];

    public int Abandoned => Outcomes[Words.Of(Outcome.Abandoned)];

    public int Unfinished => Outcomes[Words.Of(Outcome.Unfinished)];

    /// <summary>Count by "outcome: reason" of the calls that did not complete, most frequent first.</summary>
    public required IReadOnlyDictionary<string, int> Reasons { get; init; }

    /// <summary>Planned, as run.json says = the rows = the sum of the outcomes.</summary>
    public required bool CallsConserved { get; init; }

    /// <summary>From the start of the run to the last time that its calls recorded.</summary>
    public required double WindowSeconds { get; init; }

    /// <summary>Over all planned calls.</summary>
    public required LatencySummary Latency { get; init; }

    /// <summary>Completed in time / planned.</summary>
    public required Figure Goodput { get; init; }

    /// <summary>Completed calls per second of the window.</summary>
    public required Figure ThroughputPerSecond { get; init; }

    /// <summary>Sent - intended; null percentiles when nothing was sent.</summary>
    public required LatenessSummary Lateness { get; init; }

    /// <summary>Replica busy time / provisioned time.</summary>
    public required Figure BusyShare { get; init; }

    /// <summary>What the busy share was taken from: replica usage, or the batches that the calls name.</summary>
    public required string BusyShareFrom { get; init; }

    /// <summary>In order of name.</summary>
    public required IReadOnlyList<TierSummary> Tiers { get; init; }

    public required SloReport Slo { get; init; }

    public required PatienceSummary Patience { get; init; }

    /// <summary>The same scenario with other draws; null when it was simulated once, or played live.</summary>
    public ReplicationReport? Replications { get; init; }

    /// <summary>GPU-seconds of a simulated fleet by state, as simulate found them; null otherwise.</summary>
    public FleetUse? Gpus { get; init; }

    /// <summary>What the broker of a simulated fleet did; null without one.</summary>
    public BrokerCounts? Broker { get; init; }

    /// <summary>How well the load was played, as run.json says; empty for simulated runs, for those that did not end by themselves and for folders of older versions.</summary>
    public required IReadOnlyList<QualityCheck> Quality { get; init; }

    /// <param name="run">The folder.</param>
    /// <param name="slo">What was promised; null: nothing.</param>
    /// <param name="usage">Replica usage from the journal; null when there is none.</param>
    public static RunSummary Of(RunFolder run, SloOptions? slo = null, IReadOnlyList<ReplicaUsage>? usage = null) =>
        Of(run.ReadManifest(), run.ReadCalls(), slo ?? SloOptions.None, usage);

    public static RunSummary Of(RunManifest manifest, IReadOnlyList<CallRecord> calls, SloOptions slo, IReadOnlyList<ReplicaUsage>? usage = null)
    {
        var outcomes = Enum.GetValues<Outcome>().ToDictionary(Words.Of, outcome => calls.Count(call => call.Outcome == outcome));
        var window = WindowOf(calls).Seconds;
        var busy = usage is { Count: > 0 } ? BusyShareOf.Usage(usage) : BusyShareOf.Calls(calls, window);
        return new RunSummary
        {
            Scenario = manifest.Scenario,
            Status = manifest.Status,
            Partial = manifest.Status is "running" or "interrupted",
            Verdict = manifest.Verdict,
            Evidence = manifest.Evidence,
            RealCalls = RealCallsOf(manifest, calls),
            Device = manifest.Device,
            ScheduleSha256 = manifest.ScheduleSha256,
            Seed = manifest.Seed,
            Planned = manifest.Planned,
            Outcomes = outcomes,
            Reasons = calls.Where(call => call.Outcome != Outcome.Completed).GroupBy(call => $"{Words.Of(call.Outcome)}: {call.Reason}")
                .OrderByDescending(group => group.Count()).ThenBy(group => group.Key, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.Count()),
            CallsConserved = calls.Count == manifest.Planned && outcomes.Values.Sum() == manifest.Planned,
            WindowSeconds = window,
            Latency = LatencySummary.Of(calls),
            Goodput = Figure.Of(Planning.Goodput.Of(calls, slo), "no call was planned"),
            ThroughputPerSecond = Figure.Of(outcomes[Words.Of(Outcome.Completed)] / window, "no time was recorded"),
            Lateness = LatenessSummary.Of(calls),
            BusyShare = busy,
            BusyShareFrom = usage is { Count: > 0 } ? "replica usage" : "the batches of the calls",
            Tiers = TierSummary.Of(calls, slo),
            Slo = SloReport.Of(calls, slo),
            Patience = PatienceSummary.Of(manifest, calls),
            Quality = manifest.Quality?.Checks ?? [],
        };
    }

    /// <summary>Of a simulated run without rows: reasons are not told, and percentiles are at most 0.1 % too high.</summary>
    /// <param name="manifest">Of the run.</param>
    /// <param name="tally">Of its calls; its bound is the SLO's.</param>
    /// <param name="slo">What was promised.</param>
    /// <param name="usage">Of its replicas.</param>
    /// <param name="end">When it ended.</param>
    public static RunSummary Of(RunManifest manifest, CallTally tally, SloOptions slo, IReadOnlyList<ReplicaUsage> usage, Instant end)
    {
        var calls = tally.Whole;
        var outcomes = Enum.GetValues<Outcome>().ToDictionary(Words.Of, outcome => (int)calls.Of(outcome));
        var window = (end - Instant.Zero).Seconds;
        return new RunSummary
        {
            Scenario = manifest.Scenario,
            Status = manifest.Status,
            Partial = false,
            Verdict = manifest.Verdict,
            Evidence = manifest.Evidence,
            RealCalls = manifest.ProfileRealCalls,
            Device = manifest.Device,
            ScheduleSha256 = manifest.ScheduleSha256,
            Seed = manifest.Seed,
            Planned = manifest.Planned,
            Outcomes = outcomes,
            Reasons = new Dictionary<string, int>(),
            CallsConserved = calls.Planned == manifest.Planned && outcomes.Values.Sum() == manifest.Planned,
            WindowSeconds = window,
            Latency = LatencySummary.Of(calls),
            Goodput = Figure.Of(calls.Goodput(), "no call was planned"),
            ThroughputPerSecond = Figure.Of(calls.Of(Outcome.Completed) / window, "no time was recorded"),
            Lateness = new LatenessSummary((int)calls.Planned, new Figure(0), new Figure(0), new Figure(0)),
            BusyShare = BusyShareOf.Usage(usage),
            BusyShareFrom = "replica usage",
            Tiers = TierSummary.Of(tally),
            Slo = SloReport.Of(calls, slo),
            Patience = new PatienceSummary((int)calls.Of(Outcome.Abandoned), (int)calls.Of(Outcome.TimedOut), Figure.Of((double)calls.Of(Outcome.Abandoned) / calls.Planned, "no call was sent"), null, null),
            Quality = [],
        };
    }

    /// <summary>In the run, or behind its profile. A killed run never wrote its count: its completed rows are counted.</summary>
    internal static int RealCallsOf(RunManifest manifest, IReadOnlyList<CallRecord> calls) => (manifest.Evidence, manifest.Status) switch
    {
        ("real", "running") => calls.Count(call => call.Outcome == Outcome.Completed),
        ("real", _) => manifest.RealCalls,
        _ => manifest.ProfileRealCalls,
    };

    /// <summary>From the start of the run to the last time that its calls recorded.</summary>
    internal static Duration WindowOf(IEnumerable<CallRecord> calls)
    {
        var last = Instant.Zero;
        foreach (var call in calls)
        {
            foreach (var at in new[] { call.Sent, call.Completed, call.Polled, call.DecodeEnd })
            {
                last = at is { } known && known > last ? known : last;
            }
        }

        return last - Instant.Zero;
    }
}
