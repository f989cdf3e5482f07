using LoadLab.Core;

namespace LoadLab.Engine;

/// <summary>How far a schedule has been played; read by whoever watches, a few times a second.</summary>
public interface IPlayProgress
{
    /// <summary>
    /// The figures as they stand. May be called from any thread while the schedule plays; must not wait for a thread that sends or writes, so figures of one snapshot may be
    /// some calls apart from each other.
    /// </summary>
    PlaySnapshot Snapshot();
}

/// <summary>The figures of a run at one instant.</summary>
public sealed record PlaySnapshot
{
    public required Instant Now { get; init; }

    /// <summary>When the last planned call is due; null when calls follow from each other (closed loop).</summary>
    public Instant? LastIntended { get; init; }

    public required int Planned { get; init; }

    public required int Sent { get; init; }

    public required int Completed { get; init; }

    public int Rejected { get; init; }

    /// <summary>Failed, timed out or abandoned.</summary>
    public int Failed { get; init; }

    /// <summary>Sent and not ended.</summary>
    public int InFlight => Math.Max(0, Sent - Completed - Rejected - Failed);

    /// <summary>Of all calls sent so far; NaN before the first.</summary>
    public double LatenessP50Ms { get; init; } = double.NaN;

    public double LatenessP99Ms { get; init; } = double.NaN;

    /// <summary>Of the calls completed in the last minute; NaN when there is none.</summary>
    public double RecentLatencyP50S { get; init; } = double.NaN;

    public double RecentLatencyP95S { get; init; } = double.NaN;

    /// <summary>What the ended calls cost; null without a price.</summary>
    public Usd? Spend { get; init; }
}
