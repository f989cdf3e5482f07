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
}

[JsonSerializable(typeof(RunManifest))]
[JsonSourceGenerationOptions(
    WriteIndented = true,
    NewLine = "\n",
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
internal sealed partial class RunJson : JsonSerializerContext;
