using LoadLab.Core;
using LoadLab.Core.Input;

namespace LoadLab.Workload;

/// <summary>How long a user of a closed loop pauses between an answer and the next call.</summary>
public abstract record ThinkTime
{
    private const double LongestSeconds = 3e9;

    private ThinkTime(Duration mean) => Mean = mean;

    /// <summary>Mean pause.</summary>
    public Duration Mean { get; }

    /// <summary>One pause, drawn from the stream.</summary>
    public abstract Duration Draw(RandomStream stream);

    /// <summary>The same pause each time.</summary>
    public sealed record Constant(Duration Mean) : ThinkTime(Mean)
    {
        public override Duration Draw(RandomStream stream) => Mean;
    }

    /// <summary>Independent exponential pauses.</summary>
    public sealed record Exponential(Duration Mean) : ThinkTime(Mean)
    {
        public override Duration Draw(RandomStream stream) => Mean * stream.NextExponential();
    }

    /// <summary>Lognormal pauses of this mean; sigma is the standard deviation of the logarithm, so the median is mean x exp(-sigma^2 / 2).</summary>
    public sealed record Lognormal(Duration Mean, double Sigma) : ThinkTime(Mean)
    {
        public override Duration Draw(RandomStream stream) =>
            Duration.FromSeconds(Math.Min(LongestSeconds, Mean.Seconds * Math.Exp((Sigma * stream.NextNormal()) - (Sigma * Sigma / 2))));
    }

    /// <summary>Reads <c>think: 1s</c> (constant) or <c>think: { mean: 1s, distribution: exponential | constant | lognormal(0.5) }</c> (exponential when absent); no pause when absent.</summary>
    internal static ThinkTime Bind(Section closed)
    {
        if (closed.Find("think") is not MappingNode)
        {
            return new Constant(Pause(closed, "think"));
        }

        var think = closed.Child("think")!;
        think.Require("mean", "a duration, for example 1s");
        var mean = Pause(think, "mean");
        var sigma = think.Value("distribution", Spread, _ => true, "a distribution", "exponential, constant or lognormal(0.5)");
        think.Close();
        return sigma switch
        {
            null or double.PositiveInfinity => new Exponential(mean),
            0 => new Constant(mean),
            { } spread => new Lognormal(mean, spread),
        };
    }

    private static Duration Pause(Section section, string field) =>
        section.Value(field, Quantity.Time, time => time <= WorkloadOptions.Longest, "a duration of at most 366 days", "1s") ?? Duration.Zero;

    /// <summary>Spread of the logarithm: 0 for constant, infinity for exponential.</summary>
    private static double? Spread(string text) => text switch
    {
        "constant" => 0,
        "exponential" => double.PositiveInfinity,
        _ when text.StartsWith("lognormal(", StringComparison.Ordinal) && text.EndsWith(')') => Quantity.Number(text[10..^1]) is { } sigma and > 0 and <= 5 ? sigma : null,
        _ => null,
    };
}
