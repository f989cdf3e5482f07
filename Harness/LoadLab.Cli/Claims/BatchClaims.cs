using LoadLab.Core.Runs;
using LoadLab.Model.Cost;
using LoadLab.Model.Pipeline;
using LoadLab.Planning;
using LoadLab.Serving.Batching;
using LoadLab.Serving.Pipelining;
using static LoadLab.Planning.ArticleFigures;
using static LoadLab.Planning.ClaimVerdict;
using static LoadLab.Reports.Show;

namespace LoadLab.Cli.Claims;

/// <summary>Batches, and a pipeline in their place.</summary>
internal static class BatchClaims
{
    private const double PhaseSeconds = 4 * 3600;
    private static readonly int[] s_loads = [30, 60, 90, 120, 150];
    private static readonly JobShape s_clip480 = new(832, 480, 81, 40);

    public static IReadOnlyList<(string Id, Func<ClaimLab, ClaimFinding> Find)> All { get; } =
        [("A9", _ => A9()), ("A10", A10), ("B3", B3), ("B4", B4), ("B5", B5), ("B7", B7), ("B10", B10), ("B11", B11)];

    private static ClaimFinding A9() => new(Contradicted, "by times published of another model; a pair of clips is twice the operations")
    {
        Figures = Inv($"two clips in {A9Ratio:0.00} times one's time are {2 / A9Ratio:0.00} times its operations a second: possible only where one clip uses at most {Share(A9Ratio / 2)} of the card, and A2's time already needs more than all of it"),
    };

    private static ClaimFinding A10(ClaimLab lab)
    {
        var implied = 1 - UnitCost(A9Ratio, 2);
        var (alone, pair, measured) = (lab.Play("pair", "article-pair", Alone), lab.Play("pair", "article-pair"), lab.Play("pair", "measured"));
        return new ClaimFinding(Math.Abs(implied - A10Saving) > 0.01 ? FiguresDisagree : Supported, "A9 and A10")
        {
            Figures = Inv($"A9 makes a clip cost {A9Ratio:0.00} / 2 = {UnitCost(A9Ratio, 2):0.00}: {Share(implied)} less, not 30 %; 30 % less would be T(2) = {2 * (1 - A10Saving):0.00} T(1)"),
            Simulated = Inv($"GPU-seconds a clip against no batching, at {string.Join(", ", s_loads)} % of what one replica serves alone: {Savings(pair, alone)} by A9's law; {Savings(measured, alone)} by the measured one"),
            Runs = [alone, pair, measured],
        };
    }

    private static ClaimFinding B3(ClaimLab lab)
    {
        var flops = B3Batch * WanCost.ReferenceDenoiseFlops(ModelCatalog.T2VA14B, s_clip480, isGuided: true);
        var peak = GpuPeaks.Find("A100")!.DenseBf16Flops;
        var (alone, four, measured) = (lab.Play("gpu-day", "article-batch4", Alone), lab.Play("gpu-day", "article-batch4"), lab.Play("gpu-day", "measured"));
        return new ClaimFinding(flops / B3Seconds > peak ? Contradicted : NotDecided, "of an A100")
        {
            Figures = Inv($"840 / 480 = {B3Seconds / B2Seconds:0.00}: the figure is consistent with B2; four clips of 480p in 14 minutes need {flops / B3Seconds / 1e12:0} TFLOP/s, {flops / B3Seconds / peak:0.0} times an A100's peak"),
            Simulated = Inv($"clips a GPU-day, never without work: {alone.ClipsPerGpuDay:0} alone, {four.ClipsPerGpuDay:0} in fours by B3's law, {measured.ClipsPerGpuDay:0} by the measured one"),
            Runs = [alone, four, measured],
        };
    }

    private static ClaimFinding B4(ClaimLab lab)
    {
        var unit = lab.Play("gpu-day", "article-batch4-unit");
        var (fromB3, total) = (B3Seconds / 60 / B3Batch, B4Minutes * B3Batch);
        return new ClaimFinding(Math.Abs(fromB3 - B4Minutes) > 0.1 ? FiguresDisagree : Supported, "B3 and B4")
        {
            Figures = Inv($"B3 gives 14 / 4 = {fromB3:0.0} minutes a clip; {B4Minutes:0.0} implies T(4) = {total:0.0} minutes, {total * 60 / B2Seconds:0.00} T(1). 8 to {B4Minutes:0.0} is {Share(1 - (B4Minutes * 60 / B2Seconds))} less time or {Share((B2Seconds / 60 / B4Minutes) - 1)} more clips; 8 to {fromB3:0.0} would be {Share(1 - (fromB3 * 60 / B2Seconds))} less"),
            Simulated = Inv($"clips a GPU-day, never without work: {unit.ClipsPerGpuDay:0} by B4's law (B3's row: by the others)"),
            Runs = [unit],
        };
    }

    private static ClaimFinding B5(ClaimLab lab)
    {
        var alone = lab.Play("gpu-day", "article-batch4", Alone);
        return new ClaimFinding(Math.Abs(ClipsPerDay(B2Seconds) - B5Clips) < 1 ? Supported : FiguresDisagree, "as an upper bound for one GPU without batches, by B2; B3 would give more")
        {
            Figures = Inv($"1440 / 8 = {ClipsPerDay(B2Seconds):0}: consistent with B2; B3 in batches of 4 would be {ClipsPerDay(B3Seconds, B3Batch):0}"),
            Simulated = Inv($"{alone.ClipsPerGpuDay:0} clips a GPU-day, never without work"),
            Runs = [alone],
        };
    }

    private static ClaimFinding B7(ClaimLab lab)
    {
        var rule = new BatchMemory { PerVideoBytes = 20L << 30, ReserveBytes = 4L << 30 };
        var key = default(BatchKey);
        var (of40, of80) = (rule.LimitOf(40L << 30, key, 64), rule.LimitOf(80L << 30, key, 64));
        var (small, large) = (lab.Play("batch-memory", "article-batch4"), lab.Play("batch-memory", "article-batch4", scenario => scenario with { Fleet = scenario.Fleet with { MemoryBytes = 80L << 30 } }));
        return new ClaimFinding(of40 != B6BatchOf40 ? FiguresDisagree : Supported, "B6 and B7")
        {
            Figures = Inv($"by the rule (40 - 4) / 20 is {of40} and (80 - 4) / 20 is {of80}; B6's table runs 4 in 32 to 40 GB and 8 in over 70. 20 GB is a whole clip with its model: what another adds is (36 - 20) / 3 = 5.3 GB by the table's own middles"),
            Simulated = Inv($"batches of {small.MeanBatch:0.##} on 40 GiB and {large.MeanBatch:0.##} on 80, with B6's memory and the model loaded: {small.ClipsPerGpuDay:0} and {large.ClipsPerGpuDay:0} clips a GPU-day by B3's law"),
            Runs = [small, large],
        };
    }

    private static ClaimFinding B10(ClaimLab lab)
    {
        const int gpus = 3;
        Scenario Whole(Scenario scenario, int maxBatch) => ClaimLab.Fixed(
            ClaimLab.Serving(scenario, serving => serving with { Pipeline = new PipelineOptions(), Batching = maxBatch > 1 ? new BatchingOptions { Kind = BatchingKind.Window, MaxBatch = maxBatch } : new BatchingOptions() }), gpus);
        var pipeline = lab.Play("pipeline", "measured");
        var (whole, fours) = (lab.Play("pipeline", "measured", scenario => Whole(scenario, 1)), lab.Play("pipeline", "measured", scenario => Whole(scenario, 4)));
        var frames = (30 * ModelCatalog.T2VA14B.FramesPerSecond) + 1;
        return new ClaimFinding(NotDecided, "a clip of 30 s is not accepted; of stages on GPUs of their own the simulation says no")
        {
            Figures = Inv($"30 s at {ModelCatalog.T2VA14B.FramesPerSecond} frames a second are {frames} frames; the A14B accepts {ModelCatalog.T2VA14B.Shapes.MaxFrames}. Denoising is {Share(Denoising())} of a clip's operations"),
            Simulated = Inv($"three GPUs on clips of 81 frames, clips a GPU-day: {pipeline.ClipsPerGpuDay:0} as a pipeline of text, denoise, decode; {whole.ClipsPerGpuDay:0} each whole; {fours.ClipsPerGpuDay:0} each whole in fours"),
            Runs = [pipeline, whole, fours],
        };
    }

    private static ClaimFinding B11(ClaimLab lab)
    {
        var window = lab.Play("window", "article-batch4");
        var none = lab.Play("window", "article-batch4", scenario => ClaimLab.Serving(scenario, serving => serving with { Batching = serving.Batching with { Window = default } }));
        var alone = lab.Play("window", "article-batch4", Alone);
        return new ClaimFinding(window.MeanBatch > none.MeanBatch * 1.05 ? Supported : RuleNotNumber, "batches form in the queue while all are busy, not in 200 ms")
        {
            Figures = Inv($"200 ms is {B11Seconds / B2Seconds * 100:0.00} % of B2's 8 minutes; at B19's thousand a day {(1 - Math.Exp(-B19Clips / 86400 * B11Seconds)) * 100:0.00} % of the windows see a second call"),
            Simulated = Inv($"clips a batch {window.MeanBatch:0.000} with the window and {none.MeanBatch:0.000} without, P50 {Seconds(window.Latency(0.5))} and {Seconds(none.Latency(0.5))}; without batches P50 {Seconds(alone.Latency(0.5))}"),
            Runs = [window, none, alone],
        };
    }

    private static double Denoising()
    {
        var model = ModelCatalog.T2VA14B;
        var text = 2 * model.Transformer.TextLength * WanCost.EncodeFlopsPerToken(model);
        var denoise = WanCost.DenoiseFlops(model, s_clip480, isGuided: true);
        return denoise / (text + denoise + WanCost.DecodeFlops(model, s_clip480));
    }

    private static Scenario Alone(Scenario scenario) => ClaimLab.Serving(scenario, serving => serving with { Batching = new BatchingOptions() });

    private static string Savings(ClaimRun batched, ClaimRun alone) => string.Join(", ", s_loads.Select((_, phase) =>
    {
        bool In(CallRecord call) => (int)(call.Intended.Seconds / PhaseSeconds) == phase;
        return Change((batched.BusyPerClipOf(In) / alone.BusyPerClipOf(In)) - 1);
    }));
}
