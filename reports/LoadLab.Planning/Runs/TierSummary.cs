using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Planning;

/// <summary>The calls of one tier.</summary>
/// <param name="Tier">Empty for calls without one.</param>
public sealed record TierSummary(string Tier, int Planned, int Completed, LatencySummary Latency, Figure Goodput)
{
    internal static IReadOnlyList<TierSummary> Of(CallTally calls) =>
    [
        .. calls.Tiers.Values.Select(tier => new TierSummary(tier.Name, (int)tier.Planned, (int)tier.Of(Outcome.Completed), LatencySummary.Of(tier), new Figure(tier.Goodput()))),
    ];

    internal static IReadOnlyList<TierSummary> Of(IReadOnlyList<CallRecord> calls, SloOptions slo) =>
    [
        .. calls.GroupBy(call => call.Tier).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group =>
        {
            var tier = group.ToList();
            return new TierSummary(
                group.Key, tier.Count, tier.Count(call => call.Outcome == Outcome.Completed), LatencySummary.Of(tier), new Figure(Planning.Goodput.Of(tier, slo)));
        }),
    ];
}
