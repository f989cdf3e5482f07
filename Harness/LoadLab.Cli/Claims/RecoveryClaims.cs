using LoadLab.Core;
using LoadLab.Planning;
using LoadLab.Serving.Recovery;
using static LoadLab.Planning.ClaimVerdict;
using static LoadLab.Reports.Show;

namespace LoadLab.Cli.Claims;

/// <summary>Retries and the lighter model.</summary>
internal static class RecoveryClaims
{
    public static IReadOnlyList<(string Id, Func<ClaimLab, ClaimFinding> Find)> All { get; } = [("B13", B13), ("B14", B14)];

    private static ClaimFinding B13(ClaimLab lab)
    {
        var retried = lab.Play("retries", "article-batch4");
        var once = lab.Play("retries", "article-batch4", Plain);
        return new ClaimFinding(retried.Goodput > once.Goodput && retried.Calls.Max(call => call.Attempts) <= 4 ? Supported : Contradicted, "as a rule")
        {
            Figures = Inv($"with one batch in twenty failing, four attempts all fail {Math.Pow(0.05, 4):0.0e-0} of the time"),
            Simulated = Inv($"one batch in twenty fails: {Share(retried.Goodput)} of calls completed with up to 3 retries, {Share(once.Goodput)} without; at most {retried.Calls.Max(call => call.Attempts)} attempts; {retried.BusyPerClip:0} against {once.BusyPerClip:0} GPU-seconds a clip, P95 {Seconds(retried.Latency(0.95))} against {Seconds(once.Latency(0.95))}"),
            Runs = [retried, once],
        };
    }

    private static ClaimFinding B14(ClaimLab lab)
    {
        var lighter = lab.Play("overload", "measured");
        var same = lab.Play("overload", "measured", Plain);
        var light = lighter.Calls.Count(call => call.Outcome == Outcome.Completed && call.ServedModel.Length > 0 && call.ServedModel != call.Model);
        var (with, without) = (InTime(lighter), InTime(same));
        return new ClaimFinding(with > without && light > 0 ? Supported : Contradicted, "as a rule, at a threshold of 20 waiting calls; the clips are the lighter model's")
        {
            Figures = "the article names no threshold and no lighter model; taken: the 5B, by its operations 17 times as light",
            Simulated = Inv($"eight hours of twice what the fleet serves: {Share(with)} of calls completed within an hour, {Share((double)light / lighter.Completed)} of the completed ones by the lighter model, against {Share(without)} without it"),
            Runs = [lighter, same],
        };
    }

    private static Scenario Plain(Scenario scenario) => ClaimLab.Serving(scenario, serving => serving with { Recovery = new RecoveryOptions() });

    private static double InTime(ClaimRun run) => (double)run.Calls.Count(call => call.Latency <= Duration.FromSeconds(3600)) / run.Calls.Count;
}
