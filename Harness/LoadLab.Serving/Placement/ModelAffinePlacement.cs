using LoadLab.Core;

namespace LoadLab.Serving.Placement;

/// <summary>As packed, but no replica gives its model up while another, busy now, has the one needed: for that the job waits, for so long.</summary>
internal sealed class ModelAffinePlacement(Duration swapAfter) : IPlacementPolicy
{
    private readonly PackedPlacement _packed = new();

    public bool FirstWins => true;

    public PlacementDecision Choose(Instant now, ReadOnlySpan<PlacementCandidate> free, PlacementNeed need)
    {
        var packed = _packed.Choose(now, free, need);
        if (free[packed.Index].Fit != PlacementFit.HoldsAnother || !need.ModelElsewhere)
        {
            return packed;
        }

        var until = need.Queued + swapAfter;
        return now < until ? new(-1, until, "waits-for-model") : packed with { Reason = "swap-after" };
    }
}
