using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Planning;
using LoadLab.Serving.Priority;
using static LoadLab.Planning.ArticleFigures;
using static LoadLab.Planning.ClaimVerdict;
using static LoadLab.Reports.Show;

namespace LoadLab.Cli.Claims;

/// <summary>Tiers, quotas and the night.</summary>
internal static class TierClaims
{
    private const string Profile = "article-a";
    private const double PhaseSeconds = 6 * 3600;

    /// <summary>Loads of the scenario's phases, in per cent of what one replica serves.</summary>
    private static readonly int[] s_loads = [10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 120];

    public static IReadOnlyList<(string Id, Func<ClaimLab, ClaimFinding> Find)> All { get; } = [("A15", A15), ("A16", A16), ("A17", A17), ("B12", B12)];

    private static ClaimFinding A15(ClaimLab lab)
    {
        var run = lab.Play("tiers", Profile);
        var longest = run.Wait(1, Free);
        return new ClaimFinding(longest <= A15Seconds ? Supported : Contradicted, "as a rule: whoever would wait longer is refused")
        {
            Figures = Inv($"30 s is the time of {A15Seconds / A2Seconds:0} clips by A2: a free call starts if at most so many are before it on a replica"),
            Simulated = $"longest wait of a free call that ran {Seconds(longest)}; refused {Share(Refused(run, 70))} of free calls at a load of 70 %, {Share(Refused(run, 90))} at 90 %, {Share(Refused(run, 120))} at 120 %",
            Runs = [run],
        };
    }

    private static ClaimFinding A16(ClaimLab lab)
    {
        var shared = lab.Play("tiers", Profile);
        var owned = lab.Play("tiers", Profile, Owned);
        var (one, two) = (Holds(shared), Holds(owned));
        return new ClaimFinding(one == 0 ? Contradicted : one == s_loads[^1] ? Supported : RuleNotNumber, Inv($"by A2's time, on one replica up to a load of {one} %; a running clip is not interrupted"))
        {
            Figures = Inv($"A2's 3 s leave 2 s; a VIP call finds a clip running as often as the replica is busy, with up to 3 s to go"),
            Simulated = $"P95 of VIP calls on one replica {Seconds(Vip(shared, 10))}, {Seconds(Vip(shared, 50))} and {Seconds(Vip(shared, 90))} at loads of 10, 50 and 90 %: under 5 s up to {(one == 0 ? "none of them" : Inv($"{one} %"))}; with a second replica that VIP calls own up to {Inv($"{two}")} % (P95 there {Seconds(Vip(owned, two))})",
            Runs = [shared, owned],
        };
    }

    private static ClaimFinding A17(ClaimLab lab)
    {
        var run = lab.Play("tiers", Profile);
        var refused = run.Calls.Where(call => call.Outcome == Outcome.Rejected).ToList();
        var latest = refused.Max(call => ((call.Polled ?? call.Completed)!.Value - call.Intended).Seconds);
        var ran = refused.Count(call => call.Started is not null);
        return new ClaimFinding(latest <= A15Seconds + 1e-6 && ran == 0 ? Supported : Contradicted, "as a rule")
        {
            Figures = "here a wait is bounded by the tier's `maxWait`; a breaker opens on failed batches ([recovery](serving/recovery.md))",
            Simulated = Inv($"{refused.Count:#,0} free calls refused, each answered within {Seconds(latest)} and {(ran == 0 ? "none" : Inv($"{ran}"))} of them run; VIP calls are never refused"),
            Runs = [run],
        };
    }

    private static ClaimFinding B12(ClaimLab lab)
    {
        var both = lab.Play("night", "article-batch4");
        var business = lab.Play("night", "article-batch4", scenario => ClaimLab.Serving(scenario, serving => serving with { Tiers = [.. serving.Tiers.Select(Without)] }));
        var most = both.Calls.Where(call => Free(call) && call.Reason != "quota").GroupBy(call => (call.Tenant, Day: (int)(call.Intended.Seconds / 86400))).Max(day => day.Count());
        var (paid, alone) = (both.Latency(0.95, call => !Free(call)), business.Latency(0.95, call => !Free(call)));
        return new ClaimFinding(most <= 100 && both.Completed > business.Completed ? Supported : Contradicted, "as a rule")
        {
            Simulated = Inv($"free calls, a hundred a day to a tenant and by night alone: at most {most} a day let in, {both.Calls.Count(call => Free(call) && call.Outcome == Outcome.Completed):#,0} clips in ten days, P50 after {Seconds(both.Latency(0.5, Free))}; busy share {Share(both.Result.BusyShare)} against {Share(business.Result.BusyShare)} without them on the same GPUs; P95 of paying calls {Seconds(paid)} against {Seconds(alone)}"),
            Runs = [both, business],
        };
    }

    /// <summary>A quota of none: the same calls without the free ones' work.</summary>
    private static TierOptions Without(TierOptions tier) => tier.Name == "free" ? tier with { DailyQuota = 0 } : tier;

    private static Scenario Owned(Scenario scenario) => ClaimLab.Fixed(
        ClaimLab.Serving(scenario, serving => serving with { Tiers = [.. serving.Tiers.Select(tier => tier.Name == "vip" ? tier with { Replicas = 1 } : tier)] }), 2);

    private static bool Free(CallRecord call) => call.Tier == "free";

    private static int LoadOf(CallRecord call) => s_loads[Math.Min(s_loads.Length - 1, (int)(call.Intended.Seconds / PhaseSeconds))];

    private static double Vip(ClaimRun run, int load) => run.Latency(0.95, call => call.Tier == "vip" && LoadOf(call) == load);

    /// <summary>The highest load up to which VIP calls keep their target at every load.</summary>
    private static int Holds(ClaimRun run) => s_loads.TakeWhile(load => Vip(run, load) < A16Seconds).LastOrDefault();

    private static double Refused(ClaimRun run, int load)
    {
        var free = run.Calls.Where(call => Free(call) && LoadOf(call) == load).ToList();
        return (double)free.Count(call => call.Outcome == Outcome.Rejected) / free.Count;
    }
}
