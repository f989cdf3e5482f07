using LoadLab.Core;

namespace LoadLab.Workload;

/// <summary>One kind of job of the mix. A zero, null or empty field leaves the choice to the target.</summary>
public sealed record JobTemplate
{
    /// <summary>Share of the calls, relative to the other templates; above 0.</summary>
    public double Weight { get; init; } = 1;

    public string Tier { get; init; } = "";

    public string Tenant { get; init; } = "";

    public string Model { get; init; } = "";

    /// <summary>Pixels.</summary>
    public int Width { get; init; }

    public int Height { get; init; }

    public int Frames { get; init; }

    public int Steps { get; init; }

    public double? Guidance { get; init; }

    /// <summary>A level of the target by name; it brings the size, frames, steps and guidance that the job leaves open.</summary>
    public string Quality { get; init; } = "";

    public Patience? Patience { get; init; }

    public Duration? Deadline { get; init; }
}

/// <summary>How long a client waits before it cancels: lognormal with the given median and sigma, the standard deviation of the logarithm.</summary>
public sealed record Patience(Duration Median, double Sigma)
{
    private const double LongestSeconds = 3e9;

    /// <param name="normal">A standard normal draw.</param>
    public Duration At(double normal) => Duration.FromSeconds(Math.Min(LongestSeconds, Median.Seconds * Math.Exp(Sigma * normal)));
}

/// <summary>What a target serves when a job names nothing else; zeros for a target that has no shapes.</summary>
public sealed record TargetDefaults(string Model, int Width = 0, int Height = 0, int Frames = 0, int Steps = 0)
{
    /// <summary>Quality levels with defaults of their own.</summary>
    public IReadOnlyList<TargetLevel> Levels { get; init; } = [];
}

/// <summary>What a quality level serves when a job names nothing else; a zero or null field leaves the choice to the target.</summary>
public sealed record TargetLevel(string Name, int Steps, double? Guidance = null, int Width = 0, int Height = 0, int Frames = 0);
