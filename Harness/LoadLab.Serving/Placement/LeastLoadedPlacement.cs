using LoadLab.Core;

namespace LoadLab.Serving.Placement;

/// <summary>Among those that have the model the one that was busy for the least time; else the least busy of the empty ones; else of all.</summary>
internal sealed class LeastLoadedPlacement : IPlacementPolicy
{
    public PlacementDecision Choose(Instant now, ReadOnlySpan<PlacementCandidate> free, PlacementNeed need)
    {
        var best = 0;
        for (var i = 1; i < free.Length; i++)
        {
            var (one, other) = (free[i], free[best]);
            best = one.Fit > other.Fit || (one.Fit == other.Fit && one.Busy < other.Busy) ? i : best;
        }

        return PlacementDecision.Take(free, best);
    }
}
