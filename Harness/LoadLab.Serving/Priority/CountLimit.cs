using LoadLab.Core.Input;

namespace LoadLab.Serving.Priority;

/// <summary>How limits by tier and tenant are written: a count, or none.</summary>
internal static class CountLimit
{
    private const int MostTenants = 10_000;
    private const int Most = 1_000_000_000;

    /// <returns>The count; null for none; <paramref name="fallback"/> when the field is absent or bad.</returns>
    public static int? Read(Section section, string field, int? fallback) =>
        section.Find(field) is ScalarNode { Text: "none" }
            ? null
            : (int?)section.Value(field, Quantity.Integer, count => count is >= 0 and <= Most, $"a whole number from 0 to {Most}, or none", "500") ?? fallback;

    /// <summary>The entries of a mapping by tenant, bounded: a problem says where there are too many.</summary>
    public static IEnumerable<MappingEntry> FirstOf(Section tenants)
    {
        var entries = tenants.Entries;
        if (entries.Count > MostTenants)
        {
            var first = entries[MostTenants];
            tenants.Problems.Add(new Problem(tenants.Node.File, first.Line, tenants.PathOf(first.Key), null, $"is entry {MostTenants + 1} of {entries.Count}", $"list at most {MostTenants} tenants"));
        }

        return entries.Take(MostTenants);
    }
}
