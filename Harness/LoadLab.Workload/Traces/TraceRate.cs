namespace LoadLab.Workload;

/// <summary>The family of the gaps between arrivals within one window.</summary>
internal enum GapFamily
{
    Gamma,
    Weibull,
}

/// <summary>A window of a trace that holds rates or counts.</summary>
internal readonly record struct TraceRate
{
    public TraceRate()
    {
    }

    public long StartNs { get; init; }

    public long LengthNs { get; init; }

    public int Line { get; init; }

    /// <summary>Whose rate it is; null when the trace tells no clients apart.</summary>
    public string? Client { get; init; }

    public double PerSecond { get; init; }

    /// <summary>Arrivals of the window; set in place of a rate where the trace holds counts.</summary>
    public double? Count { get; init; }

    public GapFamily Family { get; init; } = GapFamily.Gamma;

    /// <summary>Shape of the family; 1 makes the arrivals of a window those of a Poisson process given their count.</summary>
    public double Shape { get; init; } = 1;

    public double Expected => Count ?? (PerSecond * (LengthNs / 1e9));

    public long EndNs => StartNs + LengthNs;
}
