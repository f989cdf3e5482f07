using LoadLab.Core;

namespace LoadLab.Serving.Placement;

/// <summary>Chooses the replica for the jobs at the head of a line.</summary>
internal interface IPlacementPolicy
{
    /// <summary>Whether the first candidate that has the model is always taken, so that those after it need not be shown.</summary>
    bool FirstWins => false;

    /// <param name="now">The instant.</param>
    /// <param name="free">Replicas that take work now and may hold the model, in order of number; at least one.</param>
    /// <param name="need">What is to be placed.</param>
    PlacementDecision Choose(Instant now, ReadOnlySpan<PlacementCandidate> free, PlacementNeed need);
}

/// <param name="HasModel">Whether the model is loaded.</param>
/// <param name="HoldsAnother">Whether another model would have to go first.</param>
/// <param name="FreeBytes">Its memory free when it was last seen; null = not known.</param>
/// <param name="Busy">Time it has been busy since it was provisioned.</param>
internal readonly record struct PlacementCandidate(bool HasModel, bool HoldsAnother, long? FreeBytes, Duration Busy)
{
    public PlacementFit Fit => HasModel ? PlacementFit.HasModel : HoldsAnother ? PlacementFit.HoldsAnother : PlacementFit.Empty;
}

/// <param name="Queued">Since when the first job waits.</param>
/// <param name="ModelElsewhere">Whether no candidate has the model and a replica that is busy now does, or is getting it.</param>
internal readonly record struct PlacementNeed(Instant Queued, bool ModelElsewhere);

/// <param name="Index">Into the candidates; -1 = none of them now.</param>
/// <param name="Until">With -1: when to ask again; null = when something happens.</param>
/// <param name="Reason">The code.</param>
internal readonly record struct PlacementDecision(int Index, Instant? Until, string Reason)
{
    /// <summary>This candidate, and why it costs what it costs: has-model, empty or swap.</summary>
    public static PlacementDecision Take(ReadOnlySpan<PlacementCandidate> free, int index) => new(index, null, free[index].Fit switch
    {
        PlacementFit.HasModel => "has-model",
        PlacementFit.Empty => "empty",
        _ => "swap",
    });
}
