namespace LoadLab.Serving.Profiles;

/// <summary>What a call waits for besides the model's work; robust means in seconds, without scatter.</summary>
public sealed record Overheads
{
    /// <summary>From a call's intended instant to its place in the server's queue: the client's lateness, the connection, the request.</summary>
    public SampledTime? Request { get; init; }

    /// <summary>From the server's finishing a call to its client's knowing. A user of a closed loop starts the next call no sooner.</summary>
    public SampledTime? Answer { get; init; }

    /// <summary>From a replica's being free while work waits to the start of its next batch.</summary>
    public SampledTime? Dispatch { get; init; }
}

/// <summary>How often a prompt's encoding was found in a replica's text cache.</summary>
public sealed record TextCacheShare
{
    /// <summary>Batches whose text took next to no time, over all batches of runs that kept a cache; in [0, 1].</summary>
    public required double HitShare { get; init; }

    /// <summary>Batches of those runs.</summary>
    public required int Batches { get; init; }
}
