using LoadLab.Core.Input;
using LoadLab.Serving.Priority;

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

    /// <summary>Binds <c>quotas</c> and <c>earlyRefusal</c> of the section serving. A field that a tenant does not write is that of all; <c>none</c> lifts it.</summary>
    internal static AdmissionOptions Bind(Section serving)
    {
        var options = new AdmissionOptions { EarlyRefusal = serving.Flag("earlyRefusal", false) };
        if (serving.Child("quotas") is not { } section)
        {
            return options;
        }

        options = options with { Daily = CountLimit.Read(section, "daily", null), Concurrent = CountLimit.Read(section, "concurrent", null) };
        if (section.Child("tenants") is { } tenants)
        {
            options = options with { Tenants = Read(tenants, options) };
        }

        section.Close();
        return options;
    }

    private static SortedDictionary<string, TenantQuota> Read(Section tenants, AdmissionOptions all)
    {
        var read = new SortedDictionary<string, TenantQuota>(StringComparer.Ordinal);
        foreach (var entry in CountLimit.FirstOf(tenants))
        {
            if (Section.Open(entry.Value, tenants.PathOf(entry.Key), tenants.Problems) is { } tenant)
            {
                read[entry.Key] = new TenantQuota(CountLimit.Read(tenant, "daily", all.Daily), CountLimit.Read(tenant, "concurrent", all.Concurrent));
                tenant.Close();
            }
        }

        return read;
    }
}

/// <param name="Daily">Jobs a day; null = no limit.</param>
/// <param name="Concurrent">Jobs open at once; null = no limit.</param>
public sealed record TenantQuota(int? Daily, int? Concurrent);
