using LoadLab.Planning;
using static LoadLab.Planning.ArticleFigures;
using static LoadLab.Planning.ClaimVerdict;
using static LoadLab.Reports.Show;

namespace LoadLab.Cli.Claims;

/// <summary>The articles' scaling rule.</summary>
internal static class ScalingClaims
{
    private const string Profile = "article-a";
    private const int MostReplicas = 16;
    private const double BurstAtSeconds = 600;

    public static IReadOnlyList<(string Id, Func<ClaimLab, ClaimFinding> Find)> All { get; } = [("A12", A12), ("A13", A13), ("A14", A14)];

    private static ClaimFinding A12(ClaimLab lab)
    {
        var rule = lab.Play("evening-peak", Profile);
        var same = (int)Math.Ceiling(rule.ProvisionedHours / 24);
        var steady = lab.Play("evening-peak", Profile, scenario => ClaimLab.Fixed(scenario, same));
        var better = rule.Latency(0.95) < steady.Latency(0.95);
        return new ClaimFinding(better ? Supported : Contradicted, "as a rule that follows the load; it has no cooldown and looks every 15 s here")
        {
            Figures = Inv($"above 0.8 it also waits for 6 calls, and it adds one replica at a time: {A7MostSeconds:0} s of A7 and an interval for each"),
            Simulated = Inv($"an evening of three times the mean: {rule.ProvisionedHours:0} GPU-hours, P95 {Seconds(rule.Latency(0.95))}; {same} fixed replicas, {steady.ProvisionedHours:0} GPU-hours: P95 {Seconds(steady.Latency(0.95))}"),
            Runs = [rule, steady],
        };
    }

    private static ClaimFinding A13(ClaimLab lab)
    {
        var run = lab.Play("burst", Profile);
        var first = run.Replicas[0].Replica.Value;
        var added = run.Calls.Where(call => call.Started is not null && call.Replica is { } replica && replica != first).Min(call => call.Started!.Value.Seconds) - BurstAtSeconds;
        return new ClaimFinding(Math.Min(A7LeastSeconds, added) >= 1 ? FiguresDisagree : Supported, "A7 and A13: a decision may take milliseconds, capacity takes a cold start")
        {
            Figures = Inv($"a new replica serves A7's {A7LeastSeconds:0} to {A7MostSeconds:0} s after the decision, without any time to get the machine"),
            Simulated = $"from the first call of a burst to the first call on an added replica: {Seconds(added)}, with an interval of 15 s",
            Runs = [run],
        };
    }

    private static ClaimFinding A14(ClaimLab lab)
    {
        var (peak, flat) = (Saving(lab, "evening-peak"), Saving(lab, "flat-day"));
        var holds = Math.Min(peak.Share, flat.Share) >= A14Saving;
        return new ClaimFinding(holds ? Supported : RuleNotNumber, "the saving is a property of the load")
        {
            Figures = "none of its figures says of which load",
            Simulated = $"bill against the smallest fixed fleet with no worse a P95: {Change(-peak.Share)} on a day whose evening is three times its mean ({peak.Words}); {Change(-flat.Share)} on a flat day ({flat.Words})",
            Runs = [.. peak.Runs, .. flat.Runs],
        };
    }

    private static (double Share, string Words, ClaimRun[] Runs) Saving(ClaimLab lab, string scenario)
    {
        var rule = lab.Play(scenario, Profile);
        var (replicas, steady) = lab.SmallestFixed(scenario, Profile, rule.Latency(0.95), (int)Math.Ceiling(rule.ProvisionedHours * rule.Result.BusyShare / 24), MostReplicas);
        var words = Inv($"{rule.ProvisionedHours:0} against {steady.ProvisionedHours:0} GPU-hours of {replicas} replicas, P95 {Seconds(rule.Latency(0.95))} and {Seconds(steady.Latency(0.95))}");
        return (1 - (rule.ProvisionedHours / steady.ProvisionedHours), words, [rule, steady]);
    }
}
