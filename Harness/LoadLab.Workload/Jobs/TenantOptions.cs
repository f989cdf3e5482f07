using LoadLab.Core.Input;

namespace LoadLab.Workload;

/// <summary>Who asks, for calls whose job names no tenant; the field <c>workload.tenants</c>. Tenants are called tenant-1, tenant-2, … in order of popularity.</summary>
public sealed record TenantOptions
{
    private const int Most = 100_000;

    /// <summary>How many tenants there are, at least 1.</summary>
    public required int Count { get; init; }

    /// <summary>The tenant of rank r (from 1) asks in proportion to r^-s; 0 = all alike.</summary>
    public double ZipfExponent { get; init; }

    /// <summary>Null when the field is absent. Problems are added to the section's list.</summary>
    internal static TenantOptions? Bind(Section workload)
    {
        if (workload.Child("tenants") is not { } tenants)
        {
            return null;
        }

        tenants.Require("count", "how many tenants there are, for example 1000");
        var options = new TenantOptions { Count = tenants.Integer("count", 1, 1, Most), ZipfExponent = Popularity.Bind(tenants) };
        tenants.Close();
        return options;
    }
}
