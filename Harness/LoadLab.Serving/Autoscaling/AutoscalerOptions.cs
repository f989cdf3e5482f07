using LoadLab.Core;
using LoadLab.Core.Input;

namespace LoadLab.Serving.Autoscaling;

public enum AutoscalerKind
{
    Fixed,
    ArticleRule,
}

/// <summary>Which scaling rule and with which numbers; the scenario's key <c>autoscaler</c>.</summary>
public sealed record AutoscalerOptions
{
    public AutoscalerKind Kind { get; init; } = AutoscalerKind.Fixed;

    /// <summary>Replicas of a fixed fleet; from <c>target.replicas</c> when the section does not say.</summary>
    public int Replicas { get; init; } = 1;

    public int Min { get; init; } = 1;

    public int Max { get; init; } = 8;

    /// <summary>Scale up above this busy share.</summary>
    public double High { get; init; } = 0.8;

    /// <summary>And above this many waiting jobs.</summary>
    public int Pending { get; init; } = 5;

    /// <summary>Scale down below this busy share.</summary>
    public double Low { get; init; } = 0.3;

    public Duration Interval { get; init; } = Duration.FromSeconds(15);

    /// <summary>Least time between two changes.</summary>
    /// <value>Zero: the articles have none.</value>
    public Duration Cooldown { get; init; }

    /// <summary>Binds <c>autoscaler</c>. Problems are added to the section's list.</summary>
    public static AutoscalerOptions Bind(Section root)
    {
        var options = new AutoscalerOptions { Replicas = TargetReplicas(root) };
        if (root.Child("autoscaler") is not { } section)
        {
            return options;
        }

        var kind = section.Choice("kind", AutoscalerKind.Fixed, ("fixed", AutoscalerKind.Fixed), ("article-rule", AutoscalerKind.ArticleRule));
        options = kind == AutoscalerKind.Fixed
            ? options with { Replicas = section.Integer("replicas", options.Replicas, 1, 10_000) }
            : Rule(section, options with { Kind = kind });
        section.Close();
        return options;
    }

    public IAutoscaler Create() => Kind switch
    {
        AutoscalerKind.ArticleRule => new ArticleRule(this),
        _ => new FixedFleet(Replicas),
    };

    private static AutoscalerOptions Rule(Section section, AutoscalerOptions options)
    {
        options = options with
        {
            Min = section.Integer("min", options.Min, 1, 10_000),
            Max = section.Integer("max", options.Max, 1, 10_000),
            High = section.Number("high", options.High, 0, 1, "0.8"),
            Pending = section.Integer("pending", options.Pending, 0, 1_000_000),
            Low = section.Number("low", options.Low, 0, 1, "0.3"),
            Interval = section.Value("interval", Quantity.Time, time => time >= Duration.FromMilliseconds(1), "a duration of at least 1ms", "15s") ?? options.Interval,
            Cooldown = section.Time("cooldown", options.Cooldown),
        };
        if (options.Max < options.Min)
        {
            section.Problems.Add(section.Find("max") ?? section.Node, section.PathOf("max"), $"{options.Max}", $"is below min {options.Min}", "write a max of at least min");
        }

        if (options.Low >= options.High)
        {
            section.Problems.Add(section.Find("low") ?? section.Node, section.PathOf("low"), $"{options.Low}", $"is not below high {options.High}", "write for example low: 0.3 and high: 0.8");
        }

        return options;
    }

    private static int TargetReplicas(Section root) =>
        root.Find("target") is MappingNode target && target.Find("replicas") is ScalarNode text && Quantity.Integer(text.Text) is { } count and >= 1 and <= 10_000 ? (int)count : 1;
}
