using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Planning;

/// <summary>How late calls were sent, in milliseconds.</summary>
/// <param name="Sent">Calls that were sent at all.</param>
public sealed record LatenessSummary(int Sent, Figure P50Ms, Figure P99Ms, Figure MaxMs)
{
    public static LatenessSummary Of(IEnumerable<CallRecord> calls)
    {
        var late = calls.Where(call => call.Lateness is not null).Select(call => call.Lateness!.Value.Milliseconds).Order().ToList();
        return new LatenessSummary(late.Count, At(0.5), At(0.99), At(1));

        Figure At(double share) => Figure.Of(Percentile.OfSorted(late, share), "no call was sent");
    }
}
