using LoadLab.Core;
using LoadLab.Serving.Priority;

namespace LoadLab.Serving.Metrics;

/// <param name="Tenant">Empty = jobs without one.</param>
/// <param name="Gpu">Time of replicas given to its jobs, whatever became of them; a batch's time counts in equal parts.</param>
public sealed record TenantShare(string Tenant, Duration Gpu);

/// <summary>GPU time by tenant, and how fair it is. A tenant that asked and got nothing counts. Bound: <see cref="MaxTenants"/>; those that come later are one, <see cref="ReasonCounts.Other"/>.</summary>
public sealed class TenantTime(FairnessOptions fairness)
{
    public const int MaxTenants = 10_000;

    private readonly Dictionary<string, long> _nanoseconds = new(StringComparer.Ordinal);

    public int Count => _nanoseconds.Count;

    /// <summary>
    /// (sum x)^2 / (n sum x^2) over x = GPU time / weight: 1 = every tenant got its share, 1/n = one got all (Jain, Chiu, Hawe: DEC-TR-301, 1984). Null before
    /// any time was given.
    /// </summary>
    public double? JainIndex
    {
        get
        {
            var (sum, squares) = (0.0, 0.0);
            foreach (var (tenant, time) in _nanoseconds.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            {
                var share = time / 1e9 / fairness.Weights.GetValueOrDefault(tenant, 1);
                (sum, squares) = (sum + share, squares + (share * share));
            }

            return squares > 0 ? sum * sum / (_nanoseconds.Count * squares) : null;
        }
    }

    /// <summary>Those with the most time first; at most <paramref name="most"/>.</summary>
    public IReadOnlyList<TenantShare> Top(int most) =>
        [.. _nanoseconds.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal).Take(most).Select(pair => new TenantShare(pair.Key, new Duration(pair.Value)))];

    internal void Add(string tenant, Duration time)
    {
        if (!_nanoseconds.TryGetValue(tenant, out var before) && _nanoseconds.Count >= MaxTenants - 1)
        {
            tenant = ReasonCounts.Other;
            before = _nanoseconds.GetValueOrDefault(tenant);
        }

        _nanoseconds[tenant] = before + time.Nanoseconds;
    }
}
