using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Engine.Guards;

namespace LoadLab.Engine;

/// <summary>How a schedule is played.</summary>
public sealed record PlayOptions
{
    /// <summary>A run whose p99 lateness is above this has not played its schedule.</summary>
    public static readonly Duration DefaultLatenessGate = Duration.FromMilliseconds(20);

    public GuardOptions Guard { get; init; } = new();

    public Duration LatenessGate { get; init; } = DefaultLatenessGate;

    /// <summary>What an ended call cost; needed where the guard has a largest spend.</summary>
    public Func<CallRecord, Usd>? CostOf { get; init; }
}
