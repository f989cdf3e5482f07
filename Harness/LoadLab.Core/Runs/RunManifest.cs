using System.Text.Json;
using System.Text.Json.Serialization;

namespace LoadLab.Core.Runs;

/// <summary>run.json: what was run, where, with what, and how it ended. Written at the start with status running and replaced at the end.</summary>
public sealed record RunManifest
{
    public const string Name = "run.json";

    /// <summary>Version of the run folder's form.</summary>
    public int Format { get; init; } = 1;

    public required string Scenario { get; init; }

    /// <summary>running, completed, interrupted or failed. A folder still saying running was killed.</summary>
    public required string Status { get; init; }

    /// <summary>One sentence at the end: what to believe of this run.</summary>
    public string? Verdict { get; init; }

    public required string Evidence { get; init; }

    public required int Planned { get; init; }

    /// <summary>Completed calls that a real model served.</summary>
    public int RealCalls { get; init; }

    /// <summary>For a simulated run: the real calls behind its profile.</summary>
    public int ProfileRealCalls { get; init; }

    public required string ScheduleSha256 { get; init; }

    public required ulong Seed { get; init; }

    /// <summary>The scenario file as read.</summary>
    public required string ScenarioText { get; init; }

    /// <summary>The first line of the run: engine, backend, sampler, forecaster.</summary>
    public required string Parts { get; init; }

    public required string Version { get; init; }

    public required string Machine { get; init; }

    /// <summary>What the model ran on; for a simulated run what its profile was measured on.</summary>
    public required string Device { get; init; }

    /// <summary>GPUs that one replica is; each is paid for.</summary>
    public int GpusPerReplica { get; init; } = 1;

    /// <summary>The same by kind of replica, where they differ; null = <see cref="GpusPerReplica"/> for all.</summary>
    public IReadOnlyDictionary<string, int>? GpusByKind { get; init; }

    /// <summary>GPU-seconds of nodes that no replica had, empty or under repair, paid for as well; null when every replica is a machine of its own.</summary>
    public double? EmptyGpuSeconds { get; init; }

    /// <summary>What the profile of a simulated run says of its error; absent for a live run.</summary>
    public string? ProfileError { get; init; }

    public int Threads { get; init; }

    /// <summary>Processors that the local server may use; empty when not set.</summary>
    public IReadOnlyList<int> Affinity { get; init; } = [];

    /// <summary>Added to a server's clock to get the run's, with its uncertainty; both 0 on one host.</summary>
    public long ClockOffsetNs { get; init; }

    public long ClockUncertaintyNs { get; init; }

    public DateTimeOffset StartedUtc { get; init; }

    public DateTimeOffset? EndedUtc { get; init; }

    /// <summary>Count of calls by outcome word, at the end.</summary>
    public IReadOnlyDictionary<string, int>? Outcomes { get; init; }

    public RunQuality? Quality { get; init; }

    /// <summary>What a child server said of itself when it was ready; empty for remote targets.</summary>
    public IReadOnlyDictionary<string, string>? Target { get; init; }
}

/// <summary>How well the load was played.</summary>
public sealed record RunQuality
{
    public required int Sent { get; init; }

    public required double LatenessP50Ms { get; init; }

    public required double LatenessP99Ms { get; init; }

    public required double LatenessMaxMs { get; init; }

    /// <summary>The gate of the p99; a run past it fails.</summary>
    public required double LatenessGateMs { get; init; }

    public required bool LatenessPassed { get; init; }

    /// <summary>Why the run ended before its schedule: interrupted or guard:...; null when every call was sent.</summary>
    public string? StopReason { get; init; }

    /// <summary>What was found when the service fell behind the load; null when it was not, or not looked for.</summary>
    public string? Saturation { get; init; }

    /// <summary>What the thread that sends got: SCHED_RR, nice -10, above normal or normal.</summary>
    public string? DispatchPriority { get; init; }

    /// <summary>Rounds of samples taken and left out because the one before ran past their time.</summary>
    public long? SampleRounds { get; init; }

    public long? SampleRoundsMissed { get; init; }

    /// <summary>Jobs that clients gave up on and asked the service to cancel, and how many of these requests it accepted.</summary>
    public int? CancelsAsked { get; init; }

    public int? CancelsAccepted { get; init; }

    /// <summary>What the calls cost in US dollars by the client's clock; null without a price.</summary>
    public double? SpendUsd { get; init; }

    /// <summary>Every check of how the load was played; null in folders of older versions and of runs that did not end by themselves.</summary>
    public IReadOnlyList<QualityCheck>? Checks { get; init; }
}

/// <summary>One check of how well the load was played.</summary>
/// <param name="Name">For example lateness.</param>
/// <param name="Value">What was measured; null when there was nothing to measure, and the check passes.</param>
/// <param name="Unit">Of value and bound: ms, share, calls, signs, jobs.</param>
/// <param name="Bound">What the value may reach.</param>
/// <param name="Passed">Whether it did not.</param>
/// <param name="Fatal">Whether failing makes the latencies of the run untrustworthy, so that the run fails; otherwise it warns.</param>
/// <param name="Sentence">What was found, with its evidence.</param>
public sealed record QualityCheck(string Name, double? Value, string Unit, double Bound, bool Passed, bool Fatal, string Sentence);

[JsonSerializable(typeof(RunManifest))]
[JsonSourceGenerationOptions(
    WriteIndented = true,
    NewLine = "\n",
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
internal sealed partial class RunJson : JsonSerializerContext;
