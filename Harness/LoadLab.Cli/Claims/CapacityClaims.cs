using LoadLab.Core;
using LoadLab.Planning;
using LoadLab.Serving.Caching;
using LoadLab.Serving.Safety;
using static LoadLab.Planning.ArticleFigures;
using static LoadLab.Planning.ClaimVerdict;
using static LoadLab.Reports.Show;

namespace LoadLab.Cli.Claims;

/// <summary>What a thousand clips a day need, and what caches and checks change in it.</summary>
internal static class CapacityClaims
{
    public static IReadOnlyList<(string Id, Func<ClaimLab, ClaimFinding> Find)> All { get; } = [("B16", B16), ("B19", B19), ("B20", B20)];

    private static ClaimFinding B16(ClaimLab lab)
    {
        var cached = lab.Play("text-cache", "measured");
        var plain = lab.Play("text-cache", "measured", scenario => ClaimLab.Serving(scenario, serving => serving with { TextCache = new TextCacheOptions() }));
        var done = cached.Calls.Where(call => call is { Outcome: Outcome.Completed, TextEnd: not null, Started: not null }).ToList();
        var hits = (double)done.Count(call => call.TextEnd == call.Started) / done.Count;
        var text = Profiles.Load("measured").Services.First(entry => entry.TextShare is not null).TextShare!.Value;
        return new ClaimFinding(hits > 0 ? Supported : Contradicted, "as a rule; it saves next to nothing of a clip")
        {
            Figures = Inv($"saving = text's share of the time x hit rate; text is {text * 100:0.000} % of the A14B's operations at 480p"),
            Simulated = Inv($"1,000 prompts by Zipf's law, three calls in ten with their own: hit rate {Share(hits)}, saving {text * 100:0.000} % x {Share(hits)} = {text * hits * 100:0.0000} % of GPU time; counted, {(1 - (cached.BusyPerClip / plain.BusyPerClip)) * 100:0.0000} %"),
            Runs = [cached, plain],
        };
    }

    private static ClaimFinding B19(ClaimLab lab)
    {
        var runs = new[] { 6, 7, 8 }.Select(count => (Count: count, Run: lab.Play("thousand-a-day", "article-batch4", scenario => ClaimLab.Fixed(scenario, count)))).ToList();
        var published = Profiles.Load("wan2.2-t2v-a14b-a100-1gpu").Services.Single(entry => entry.Height == 480).Whole.MeanS;
        return new ClaimFinding(Supported, Inv($"by B2's time {runs[0].Count} GPUs keep up and {runs[1].Count} wait little; the published time asks for {Math.Ceiling(LeastGpus(B19Clips, published)):0} at least"))
        {
            Figures = Inv($"{B19Clips:0} x 8 minutes are {GpuHours(B19Clips, B2Seconds):0.0} GPU-hours a day: at least {LeastGpus(B19Clips, B2Seconds):0.00} GPUs, and {B19Clips:0} / B5's {B5Clips:0} is the same"),
            Simulated = $"wait before a clip starts: {string.Join("; ", runs.Select(run => Inv($"{run.Count} GPUs P50 {Seconds(run.Run.Wait(0.5))}, P95 {Seconds(run.Run.Wait(0.95))}, busy {Share(run.Run.Result.BusyShare)}")))}",
            Runs = [.. runs.Select(run => run.Run)],
        };
    }

    private static ClaimFinding B20(ClaimLab lab)
    {
        var check = lab.Play("safety", "article-batch4");
        var plain = lab.Play("safety", "article-batch4", scenario => ClaimLab.Serving(scenario, serving => serving with { Safety = new SafetyOptions() }));
        var refused = check.Calls.Where(call => call is { Outcome: Outcome.Rejected, Reason: "content" }).ToList();
        var after = refused.Count(call => call.Started is not null);
        return new ClaimFinding(refused.Count > 0 && check.BusyPerClip > plain.BusyPerClip ? Supported : Contradicted, "as a rule whose seconds and refusals are counted; the check itself is the operator's, and permissions are not simulated")
        {
            Figures = "the article counts neither the checks' seconds nor the clips they refuse",
            Simulated = Inv($"checks of 1 s and 10 s that refuse one in fifty each: {refused.Count - after:#,0} prompts and {after:#,0} clips of {check.Calls.Count:#,0} refused; P50 {Seconds(check.Latency(0.5))} against {Seconds(plain.Latency(0.5))}; {check.BusyPerClip:0.0} against {plain.BusyPerClip:0.0} GPU-seconds a clip that somebody gets ({Change((check.BusyPerClip / plain.BusyPerClip) - 1)})"),
            Runs = [check, plain],
        };
    }
}
