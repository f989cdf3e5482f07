using LoadLab.Core.Input;

namespace LoadLab.Serving.Priority;

/// <summary>Weighted fair share of GPU time among tenants within a tier (start-time fair queueing); the scenario's key <c>serving.fairness</c>.</summary>
public sealed record FairnessOptions
{
    /// <summary>False: first come, first served within a tier.</summary>
    public bool ByTenant { get; set; }

    /// <summary>Weights by tenant; 1 for one that is not listed.</summary>
    public IReadOnlyDictionary<string, double> Weights { get; set; } = new SortedDictionary<string, double>(StringComparer.Ordinal);

    /// <summary>Binds <c>fairness</c> of the section serving. Problems are added to the section's list.</summary>
    internal static FairnessOptions Bind(Section serving)
    {
        if (serving.Child("fairness") is not { } section)
        {
            return new FairnessOptions();
        }

        if (!section.Has("by"))
        {
            section.Missing("by", "tenant");
        }

        var options = new FairnessOptions
        {
            ByTenant = section.Choice("by", false, ("tenant", true), ("none", false)),
            Weights = section.Child("weights") is { } weights ? Read(weights) : new SortedDictionary<string, double>(StringComparer.Ordinal),
        };
        section.Close();
        return options;
    }

    private static SortedDictionary<string, double> Read(Section weights)
    {
        var read = new SortedDictionary<string, double>(StringComparer.Ordinal);
        foreach (var entry in CountLimit.FirstOf(weights))
        {
            read[entry.Key] = weights.Number(entry.Key, 1, 1e-6, 1e6, "3");
        }

        return read;
    }
}
