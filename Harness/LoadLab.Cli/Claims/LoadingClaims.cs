using LoadLab.Model.Cost;
using LoadLab.Model.Pipeline;
using LoadLab.Model.Residency;
using LoadLab.Planning;
using LoadLab.Serving.Loading;
using LoadLab.Tensors;
using static LoadLab.Planning.ArticleFigures;
using static LoadLab.Planning.ClaimVerdict;
using static LoadLab.Reports.Show;

namespace LoadLab.Cli.Claims;

/// <summary>Cold starts.</summary>
internal static class LoadingClaims
{
    public static IReadOnlyList<(string Id, Func<ClaimLab, ClaimFinding> Find)> All { get; } = [("A8", A8), ("B15", B15)];

    private static ClaimFinding A8(ClaimLab lab)
    {
        var (lazy, preloaded) = (lab.Play("preload", "article-a"), lab.Play("preload", "article-a", Preloaded));
        var (before, after) = (lazy.Latency(0.99), preloaded.Latency(0.99));
        return new ClaimFinding(after >= before ? Contradicted : after <= A8Seconds ? Supported : RuleNotNumber, "3 s is A2's service time, and leaves none for waiting")
        {
            Figures = Inv($"a cold call takes A2 + A7 = {A2Seconds + A7LeastSeconds:0} to {A2Seconds + A7MostSeconds:0} s and a warm one 3 s, if none waits: consistent at the lower bound"),
            Simulated = $"a call a minute, model given up after a minute: P99 {Seconds(before)}; preloaded and kept: {Seconds(after)} (P50 {Seconds(lazy.Latency(0.5))} and {Seconds(preloaded.Latency(0.5))})",
            Runs = [lazy, preloaded],
        };
    }

    private static ClaimFinding B15(ClaimLab lab)
    {
        var (lazy, preloaded) = (lab.Play("preload-a14b", "article-batch4"), lab.Play("preload-a14b", "article-batch4", Preloaded));
        var count = ParameterCount.Of(ModelCatalog.T2VA14B);
        var experts = (double)count.Transformers * ElementType.BFloat16.Bytes();
        var all = (double)WanCost.WeightBytes(ModelCatalog.T2VA14B, ElementType.BFloat16);
        return new ClaimFinding(all / FitTable.ReadBytesPerSecond >= B15Seconds ? Supported : NotDecided, "from a disk of 2 GB/s, the rate that `doctor` assumes; 30 s on a clip of 8 minutes is little")
        {
            Figures = Inv($"{Bytes(all)} in two bytes, {Bytes(experts)} of them the experts: {all / FitTable.ReadBytesPerSecond:0} s at 2 GB/s"),
            Simulated = $"two calls an hour: P50 {Seconds(lazy.Latency(0.5))} lazily, {Seconds(preloaded.Latency(0.5))} preloaded",
            Runs = [lazy, preloaded],
        };
    }

    private static Scenario Preloaded(Scenario scenario) => ClaimLab.Serving(scenario, serving => serving with { Preload = true, Loading = new LoadingOptions() });
}
