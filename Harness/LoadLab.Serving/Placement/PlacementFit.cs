namespace LoadLab.Serving.Placement;

/// <summary>What a replica would have to do before it can run the jobs.</summary>
internal enum PlacementFit
{
    /// <summary>Unload, then load.</summary>
    HoldsAnother,

    /// <summary>Load.</summary>
    Empty,

    /// <summary>Nothing.</summary>
    HasModel,
}
