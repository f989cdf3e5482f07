using LoadLab.Core;

namespace LoadLab.Serving.Placement;

/// <summary>The replica with the most free memory, among those that have the model if there are any. What is not known counts as the least; an empty one wins a tie.</summary>
internal sealed class MemoryAwarePlacement : IPlacementPolicy
{
    public PlacementDecision Choose(Instant now, ReadOnlySpan<PlacementCandidate> free, PlacementNeed need)
    {
        var best = 0;
        for (var i = 1; i < free.Length; i++)
        {
            best = Rank(free[i]).CompareTo(Rank(free[best])) > 0 ? i : best;
        }

        return PlacementDecision.Take(free, best);
    }

    private static (bool HasModel, long Free, PlacementFit Fit) Rank(PlacementCandidate candidate) => (candidate.HasModel, candidate.FreeBytes ?? -1, candidate.Fit);
}
