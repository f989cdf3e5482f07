namespace LoadLab.Serving.Priority;

/// <summary>
/// One lane for each tier, in order of service: emergency tiers first, then by priority, ties in the scenario's order. The last lane is that of every tier that is not
/// listed: no limits, and the lowest priority listed.
/// </summary>
internal sealed class TierTable
{
    /// <summary>Before 0. Emergency lanes come first whatever the others have waited: ageing never compares with it.</summary>
    public const int EmergencyPriority = -1;

    private readonly TierOptions[] _lanes;
    private readonly Dictionary<string, int> _byName = new(StringComparer.Ordinal);

    public TierTable(IReadOnlyList<TierOptions> tiers)
    {
        var lowest = tiers.Where(tier => !tier.Emergency).Select(tier => tier.Priority).DefaultIfEmpty(0).Max();

        // OrderBy is stable.
        _lanes = [.. tiers.OrderBy(Rank), new TierOptions { Priority = lowest }];
        for (var lane = 0; lane < tiers.Count; lane++)
        {
            _byName.TryAdd(_lanes[lane].Name, lane);
        }
    }

    /// <summary>At least one.</summary>
    public int Lanes => _lanes.Length;

    public int LaneOf(string tier) => _byName.TryGetValue(tier, out var lane) ? lane : _lanes.Length - 1;

    public TierOptions Of(int lane) => _lanes[lane];

    /// <summary>0 is served first; <see cref="EmergencyPriority"/> for an emergency lane.</summary>
    public int PriorityOf(int lane) => Rank(_lanes[lane]);

    private static int Rank(TierOptions tier) => tier.Emergency ? EmergencyPriority : tier.Priority;
}
