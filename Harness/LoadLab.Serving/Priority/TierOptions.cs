using LoadLab.Core;

namespace LoadLab.Serving.Priority;

/// <summary>What one tier of callers gets; an entry of the scenario's key <c>serving.tiers</c>. A job of a tier that is not listed gets the defaults and the lowest priority listed.</summary>
public sealed record TierOptions
{
    public string Name { get; set; } = "";

    /// <summary>0 is served first.</summary>
    public int Priority { get; set; }

    /// <summary>Longest time in the queue; past it the job is refused and never runs. Null = none.</summary>
    public Duration? MaxWait { get; set; }

    /// <summary>Jobs of it pass the queue limit, quotas, the breaker and early refusal, and go before every other tier.</summary>
    public bool Emergency { get; set; }

    /// <summary>Replicas that only this tier's jobs run on, out of those of the target; the tier may use the others too.</summary>
    public int Replicas { get; set; }

    /// <summary>Jobs of one tenant in this tier on one day of the calendar; null = no limit.</summary>
    public int? DailyQuota { get; set; }

    /// <summary>Jobs of one tenant in this tier that may be open at once; null = no limit.</summary>
    public int? Concurrent { get; set; }

    /// <summary>The hours whose idle capacity the tier may have whole; null = all day.</summary>
    public NightHours? Night { get; set; }
}

/// <summary>Night capacity by calendar: outside these hours the tier runs on at most <see cref="DayReplicas"/> replicas at once.</summary>
public sealed record NightHours
{
    /// <summary>Seconds of the day, in [0, 86400). From after To means over midnight.</summary>
    public double FromSecond { get; set; }

    public double ToSecond { get; set; }

    /// <value>0: by day the tier's jobs wait.</value>
    public int DayReplicas { get; set; }
}
