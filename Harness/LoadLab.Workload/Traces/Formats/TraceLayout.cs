namespace LoadLab.Workload;

/// <summary>Where the rows of a file keep what a trace needs.</summary>
/// <param name="Format">The format.</param>
/// <param name="Time">Name of the field with the arrival, or with the start of a window.</param>
/// <param name="Unit">What it counts in, unless the user says otherwise.</param>
internal sealed record TraceLayout(TraceFormat Format, string Time, TraceUnit Unit)
{
    /// <summary>Arrivals per second that one service of this kind sees; outside, the unit is in doubt.</summary>
    public RateRange Plausible { get; init; } = RateRange.Any;

    /// <summary>What a row says of its job.</summary>
    public Func<TraceFields, TraceJob?> Job { get; init; } = _ => null;

    /// <summary>Why a sound row is no arrival; null when it is one.</summary>
    public Func<TraceFields, string?> LeaveOut { get; init; } = _ => null;

    /// <summary>Set where a row is a window with a rate, not an arrival.</summary>
    public Func<TraceFields, TraceRate>? Rate { get; init; }

    /// <summary>Length of a window; null when the smallest step between windows tells.</summary>
    public long? WindowNs { get; init; }

    /// <summary>Whether a window of no arrivals is missing data rather than silence.</summary>
    public bool ZeroIsMissing { get; init; }
}

/// <summary>Bounds of a rate in arrivals per second.</summary>
internal readonly record struct RateRange(double Lowest, double Highest)
{
    /// <summary>One arrival in two hours to more than any single service one would replay.</summary>
    public static readonly RateRange Any = new(1 / 7200.0, 20_000);

    /// <summary>Public traces of language services: BurstGPT 0.3/s, Azure 5.5/s, Mooncake 6.5/s, ServeGen's busiest some thousands scaled down.</summary>
    public static readonly RateRange Language = new(0.02, 1000);

    public bool Contains(double rate) => rate >= Lowest && rate <= Highest;
}
