using LoadLab.Core;

namespace LoadLab.Serving.Placement;

/// <summary>The first replica that has the model, else the first empty one, else the first.</summary>
internal sealed class PackedPlacement : IPlacementPolicy
{
    public bool FirstWins => true;

    public PlacementDecision Choose(Instant now, ReadOnlySpan<PlacementCandidate> free, PlacementNeed need)
    {
        var best = 0;
        for (var i = 1; i < free.Length; i++)
        {
            best = free[i].Fit > free[best].Fit ? i : best;
        }

        return PlacementDecision.Take(free, best);
    }
}
