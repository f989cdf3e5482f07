namespace LoadLab.Planning;

/// <summary>Where the replicas of a bill were seen, when no journal of their serving core was there: in the metrics of the service.</summary>
public sealed record UsageSource
{
    /// <summary>Source, samples, interval, error, unknown time and what busy is taken from, in one sentence.</summary>
    public required string Wording { get; init; }

    public required int Samples { get; init; }

    public required double IntervalSeconds { get; init; }

    /// <summary>Time of the run in which the count of replicas was not known; it is not billed.</summary>
    public required double UnknownSeconds { get; init; }

    /// <summary>Most that the provisioned replica-seconds can be off because counts were sampled.</summary>
    public required double ErrorReplicaSeconds { get; init; }

    /// <summary>Whether anything says when the replicas worked; when not, idle holds all of their time.</summary>
    public required bool BusyKnown { get; init; }

    public required string BusyFrom { get; init; }
}
