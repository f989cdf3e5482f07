namespace LoadLab.Workload;

/// <summary>How a trace file is to be read, beyond what it says itself.</summary>
public sealed record TraceReading
{
    /// <summary>Share of damaged rows above which a trace is refused, unless told otherwise.</summary>
    public const double DefaultMalformedShare = 0.01;

    /// <summary>Found from the first line when null.</summary>
    public TraceFormat? Format { get; init; }

    /// <summary>Replaces the format's own unit.</summary>
    public TraceUnit? Unit { get; init; }

    /// <summary>Replaces the format: where any file keeps what.</summary>
    public TraceColumnMap? Columns { get; init; }

    /// <summary>Of all rows.</summary>
    public double MaxMalformedShare { get; init; } = DefaultMalformedShare;
}
