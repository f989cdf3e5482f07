using LoadLab.Core;
using LoadLab.Core.Input;

namespace LoadLab.Serving.Placement;

public enum PlacementKind
{
    /// <summary>The free replica that has been busy for the least time.</summary>
    LeastLoaded,

    /// <summary>The free replica with the most free memory.</summary>
    MemoryAware,

    /// <summary>A replica that has the model, even if it must be waited for: see <see cref="PlacementOptions.SwapAfter"/>.</summary>
    ModelAffine,

    /// <summary>The free replica with the lowest number: fills the first ones, so that the others can be given back.</summary>
    Packed,
}

/// <summary>Which of the free replicas runs a batch; the scenario's key <c>serving.placement</c>.</summary>
public sealed record PlacementOptions
{
    /// <value>packed.</value>
    public PlacementKind Kind { get; set; } = PlacementKind.Packed;

    /// <summary>Model-affine: while a replica that has the model exists, a job waits this long before another replica swaps its model for it.</summary>
    /// <value>30 s.</value>
    public Duration SwapAfter { get; set; } = Duration.FromSeconds(30);

    /// <summary>Binds <c>placement</c> of a serving section. Problems are added to the section's list.</summary>
    public static PlacementOptions Bind(Section serving)
    {
        var options = new PlacementOptions();
        if (serving.Child("placement") is not { } section)
        {
            return options;
        }

        options.Kind = section.Choice(
            "policy",
            options.Kind,
            ("packed", PlacementKind.Packed),
            ("least-loaded", PlacementKind.LeastLoaded),
            ("memory-aware", PlacementKind.MemoryAware),
            ("model-affine", PlacementKind.ModelAffine));
        options.SwapAfter = section.Time("swapAfter", options.SwapAfter);
        if (section.Has("swapAfter") && options.Kind != PlacementKind.ModelAffine)
        {
            section.Problems.Add(section.Find("swapAfter")!, section.PathOf("swapAfter"), section.Text("swapAfter"), "is for policy model-affine alone", "write policy: model-affine or leave swapAfter out");
        }

        section.Close();
        return options;
    }

    internal IPlacementPolicy Create() => Kind switch
    {
        PlacementKind.LeastLoaded => new LeastLoadedPlacement(),
        PlacementKind.MemoryAware => new MemoryAwarePlacement(),
        PlacementKind.ModelAffine => new ModelAffinePlacement(SwapAfter),
        _ => new PackedPlacement(),
    };
}
