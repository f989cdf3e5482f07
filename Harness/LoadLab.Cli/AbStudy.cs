using LoadLab.Cli.Verbs;
using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Fleet;
using LoadLab.Planning;
using LoadLab.Serving.Autoscaling;
using LoadLab.Serving.Profiles;

namespace LoadLab.Cli;

/// <summary>Two policies on the same simulated arrivals, over several seeds.</summary>
internal static class AbStudy
{
    public static AbReport Run(Scenario scenario, ServiceProfile profile, string a, string b, int seeds, PriceOptions price) => AbTest.Run(
        seed => scenario.WithSeed(seed).Schedule(),
        Side(scenario, profile, a, "--a"),
        Side(scenario, profile, b, "--b"),
        scenario.Seed,
        seeds,
        price,
        scenario.Slo,
        AbEvidence.Of(profile));

    /// <summary>A policy is a word (fixed:8, article-rule, article-rule:2..16), "scenario" for the file's own, or another scenario file whose serving, fleet and autoscaler sections are taken.</summary>
    private static AbSide Side(Scenario scenario, ServiceProfile profile, string policy, string option)
    {
        if (File.Exists(policy))
        {
            var other = Scenario.Load(policy);
            return AbSide.Simulated(other.Name, profile, other.Fleet, other.Serving, other.Autoscaler);
        }

        return policy == "scenario"
            ? AbSide.Simulated(policy, profile, scenario.Fleet, scenario.Serving, scenario.Autoscaler)
            : Of(Rule(scenario.Autoscaler, policy, option));

        AbSide Of(AutoscalerOptions rule) => AbSide.Simulated(policy, profile, Ruled(scenario.Fleet, rule), scenario.Serving, rule);
    }

    /// <summary>The fleet with as many replicas as the rule says: of the kind that it moves, where the fleet has several.</summary>
    private static FleetOptions Ruled(FleetOptions fleet, AutoscalerOptions rule) => fleet with
    {
        Replicas = null,
        Kinds = [.. fleet.Kinds.Select(kind => kind == fleet.ScaledKind && rule.Kind == AutoscalerKind.Fixed ? kind with { Replicas = rule.Replicas } : kind)],
    };

    private static AutoscalerOptions Rule(AutoscalerOptions own, string policy, string option)
    {
        var parts = policy.Split(':', 2);
        var range = parts.Length == 2 ? parts[1].Split("..") : [];
        return (parts[0], range) switch
        {
            ("fixed", [var count]) when Count(count) is { } replicas => own with { Kind = AutoscalerKind.Fixed, Replicas = replicas },
            ("article-rule", []) => own with { Kind = AutoscalerKind.ArticleRule },
            ("article-rule", [var min, var max]) when Count(min) is { } low && Count(max) is { } high && low <= high => own with { Kind = AutoscalerKind.ArticleRule, Min = low, Max = high },
            _ => throw Verb.Bad(option, policy, "is not a policy", "write fixed:8, article-rule, article-rule:2..16, scenario, or a scenario file"),
        };
    }

    private static int? Count(string text) => Quantity.Integer(text) is { } count and >= 1 and <= 10_000 ? (int)count : null;
}
