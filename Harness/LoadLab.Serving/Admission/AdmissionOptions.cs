using LoadLab.Core;

namespace LoadLab.Serving.Admission;

/// <summary>Who is let in; the scenario's keys <c>serving.quotas</c> and <c>serving.earlyRefusal</c>.</summary>
public sealed record AdmissionOptions
{
    /// <summary>Refuse a job at once (overload) when its expected wait passes its tier's longest wait or its expected end passes its deadline.</summary>
    public bool EarlyRefusal { get; set; }

    /// <summary>Jobs of a tenant on one day of the calendar, over all tiers; null = no limit.</summary>
    public int? Daily { get; set; }

    /// <summary>Jobs of a tenant that may be open at once; null = no limit.</summary>
    public int? Concurrent { get; set; }

    /// <summary>Limits of tenants that have their own.</summary>
    public IReadOnlyDictionary<string, TenantQuota> Tenants { get; set; } = new SortedDictionary<string, TenantQuota>(StringComparer.Ordinal);
}

/// <param name="Daily">Jobs a day; null = no limit.</param>
/// <param name="Concurrent">Jobs open at once; null = no limit.</param>
public sealed record TenantQuota(int? Daily, int? Concurrent);
