using LoadLab.Core;

namespace LoadLab.Planning;

/// <summary>What the spend of a run is estimated from before it starts.</summary>
public sealed record SpendBasis
{
    /// <summary>How long each planned call may keep its GPUs, in the order they are sent: the client's limit, or the user's patience where that is shorter.</summary>
    public required IReadOnlyList<double> LimitSeconds { get; init; }

    /// <summary>What each planned call is expected to keep its GPUs for; null without a profile that knows all of them.</summary>
    public IReadOnlyList<double>? ExpectedSeconds { get; init; }

    /// <summary>What <see cref="ExpectedSeconds"/> comes from.</summary>
    public string ExpectedFrom { get; init; } = "";

    /// <summary>Of the schedule.</summary>
    public required double LengthSeconds { get; init; }

    /// <summary>How long calls in flight may go on after the last one was sent, before they are cancelled; null when they are not.</summary>
    public double? DrainSeconds { get; init; }

    public int? MaxCalls { get; init; }

    public int? MaxInFlight { get; init; }

    public Usd? MaxSpend { get; init; }

    /// <summary>GPUs that one call keeps.</summary>
    /// <value>1</value>
    public int GpusPerCall { get; init; } = 1;

    /// <summary>Null: the run has no price.</summary>
    public Price? Price { get; init; }

    /// <summary>Why there is none.</summary>
    public string NoPrice { get; init; } = "the scenario names none";
}
