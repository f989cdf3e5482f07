namespace LoadLab.Serving.Priority;

/// <summary>Weighted fair share of GPU time among tenants within a tier (start-time fair queueing); the scenario's key <c>serving.fairness</c>.</summary>
public sealed record FairnessOptions
{
    /// <summary>False: first come, first served within a tier.</summary>
    public bool ByTenant { get; set; }

    /// <summary>Weights by tenant; 1 for one that is not listed.</summary>
    public IReadOnlyDictionary<string, double> Weights { get; set; } = new SortedDictionary<string, double>(StringComparer.Ordinal);
}
