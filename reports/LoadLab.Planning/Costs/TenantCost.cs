using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Planning;

/// <summary>
/// A tenant's part of the bill: busy time by the GPU-time of its own jobs, everything else in the same proportion. The tenants add up to the total exactly, and in cents to its cents.
/// </summary>
/// <param name="Tenant">Empty for calls without one.</param>
/// <param name="ReplicaSeconds">Its jobs' own: time in the batch over the batch's size, every attempt that is known of.</param>
/// <param name="Busy">Part of the busy amount.</param>
/// <param name="Amount">With its part of idle, load, drain, down and overhead.</param>
public sealed record TenantCost(string Tenant, int Calls, int Completed, double ReplicaSeconds, decimal Busy, decimal Amount, decimal Cents)
{
    internal static IReadOnlyList<TenantCost> Of(IReadOnlyList<CallRecord> calls, WorkAccount? work, Bill bill)
    {
        var tenants = calls.GroupBy(call => call.Tenant).OrderBy(group => group.Key, StringComparer.Ordinal).ToList();
        if (tenants.Count == 0)
        {
            return [];
        }

        // A server that knows its callers by other names cannot say whose time it was.
        var names = tenants.Select(tenant => tenant.Key).ToHashSet(StringComparer.Ordinal);
        var times = (work is { } told && told.ByTenant.Keys.All(names.Contains) ? told : WorkAccount.OfCalls(calls)).ByTenant;
        var own = tenants.Select(tenant => times.GetValueOrDefault(tenant.Key).Nanoseconds).ToArray();

        // Nobody ran: the bill is still paid, by count of calls.
        var weights = own.Sum() > 0 ? own : [.. tenants.Select(tenant => (long)tenant.Count())];
        var busy = ExactSplit.Of(bill.Busy, weights, ExactSplit.Nano);
        var rest = ExactSplit.Of(bill.Total - bill.Busy, weights, ExactSplit.Nano);
        var cents = ExactSplit.ToCents([.. busy.Zip(rest, (a, b) => a + b)]);
        return
        [
            .. tenants.Select((tenant, i) => new TenantCost(
                tenant.Key, tenant.Count(), tenant.Count(call => call.Outcome == Outcome.Completed), new Duration(own[i]).Seconds, busy[i], busy[i] + rest[i], cents[i])),
        ];
    }
}
