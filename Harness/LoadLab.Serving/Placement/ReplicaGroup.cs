namespace LoadLab.Serving.Placement;

/// <summary>
/// Replicas that are alike and do the same work: what a tier owns, a stage of the pipeline, or one kind of node among several. The autoscaler moves the first group
/// that is <see cref="Scaled"/>; the others keep their number.
/// </summary>
public sealed record ReplicaGroup
{
    public ReplicaKind Kind { get; set; } = new("local");

    /// <summary>Models that its replicas can hold, one at a time, the one to preload first; empty = any.</summary>
    public IReadOnlyList<ModelId> Models { get; set; } = [];

    /// <summary>The part of the work that it does.</summary>
    public Stage Stage { get; set; }

    /// <summary>The only tier whose jobs it runs; empty = any.</summary>
    public string Tier { get; set; } = "";

    /// <summary>How many; of the scaled group the autoscaler decides.</summary>
    public int Replicas { get; set; } = 1;

    public bool Scaled { get; set; }

    /// <summary>Whether jobs of a tier and model may run here.</summary>
    internal bool Serves(string tier, ModelId model) => (Tier.Length == 0 || Tier == tier) && Holds(model);

    /// <summary>Whether its replicas can have the model.</summary>
    internal bool Holds(ModelId model)
    {
        if (Models.Count == 0)
        {
            return true;
        }

        for (var i = 0; i < Models.Count; i++)
        {
            if (Models[i] == model)
            {
                return true;
            }
        }

        return false;
    }
}
