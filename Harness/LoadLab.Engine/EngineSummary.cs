using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Engine.Guards;

namespace LoadLab.Engine;

/// <summary>What became of a schedule.</summary>
public sealed record EngineSummary
{
    public required int Planned { get; init; }

    public required int Sent { get; init; }

    /// <summary>Calls by outcome; all six words are there and add up to <see cref="Planned"/>.</summary>
    public required IReadOnlyDictionary<Outcome, int> Outcomes { get; init; }

    /// <summary>Lateness of the calls sent; NaN when none was.</summary>
    public required RunQuality Quality { get; init; }

    /// <summary>Why the run ended before its schedule: interrupted or guard:...; null when every call was sent.</summary>
    public string? StopReason { get; init; }

    /// <summary>What the dispatch thread got: SCHED_RR, nice -10, above normal or normal.</summary>
    public required string DispatchPriority { get; init; }

    /// <summary>That the service fell behind the load; null when that was not found or not looked for.</summary>
    public Saturation? Saturation { get; init; }

    /// <summary>What the calls cost by the client's clock, one GPU each; null without a price.</summary>
    public Usd? Spend { get; init; }

    public int Count(Outcome outcome) => Outcomes.GetValueOrDefault(outcome);
}
