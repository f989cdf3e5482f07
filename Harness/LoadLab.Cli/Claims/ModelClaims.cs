using LoadLab.Model.Cost;
using LoadLab.Model.Pipeline;
using LoadLab.Model.Residency;
using LoadLab.Planning;
using LoadLab.Tensors;
using static LoadLab.Planning.ArticleFigures;
using static LoadLab.Planning.ClaimVerdict;
using static LoadLab.Reports.Show;

namespace LoadLab.Cli.Claims;

/// <summary>Claims that the models' dimensions, operations and bytes speak to, all by formula.</summary>
internal static class ModelClaims
{
    private const double Giga = 1e9;
    private const double Peta = 1e15;

    /// <summary>Dense FP16 products of an RTX 3090 with FP16 sums, the higher of its two figures: NVIDIA, Ampere GA102 GPU Architecture.</summary>
    private const double Rtx3090Flops = 142e12;

    private static readonly WanModelSpec s_small = ModelCatalog.Ti2V5B;
    private static readonly WanModelSpec s_large = ModelCatalog.T2VA14B;

    /// <summary>Article A's clip: 480p, nearly 5 s at 24 frames, its own 25 steps.</summary>
    private static readonly JobShape s_clipA = new(832, 480, 121, 25);
    private static readonly JobShape s_clip480 = new(832, 480, 81, 40);
    private static readonly JobShape s_clip720 = new(1280, 720, 81, 40);

    private static readonly double s_a100Flops = GpuPeaks.Find("A100")!.DenseBf16Flops;

    public static IReadOnlyList<(string Id, Func<ClaimFinding> Find)> All { get; } =
    [
        ("A1", A1), ("A2", A2), ("A3", A3), ("A4", A4), ("A5", A5), ("A6", A6), ("A7", A7), ("A11", A11), ("A18", A18), ("A19", A19), ("A20", A20), ("A23", A23),
        ("B1", B1), ("B2", B2), ("B6", B6), ("B8", B8), ("B9", B9), ("B18", B18),
    ];

    private static ClaimFinding A1()
    {
        var count = ParameterCount.Of(s_small);
        return new ClaimFinding(count.Transformer / Giga is > 4.75 and < 5.25 ? Supported : Contradicted, "of the transformer alone")
        {
            Figures = Inv($"{count.Transformer:#,0} parameters in the transformer by its dimensions; the text encoder adds {count.TextEncoder:#,0}, the VAE's decoder {count.VaeDecoder:#,0}"),
        };
    }

    private static ClaimFinding A2()
    {
        var flops = WanCost.DenoiseFlops(s_small, s_clipA, isGuided: true);
        var rate = flops / A2Seconds;
        var distilled = WanCost.DenoiseFlops(s_small, s_clipA with { Steps = 3 }, isGuided: false);
        return new ClaimFinding(rate > Rtx3090Flops ? Contradicted : NotDecided, "unless a distilled model is meant, which is not said")
        {
            Figures = Inv($"{flops / Peta:0.0} PFLOP of denoising at 832x480, 121 frames and A20's 25 steps: 3 s need {rate / 1e12:#,0} TFLOP/s, {rate / Rtx3090Flops:0} times the card's peak; three unguided steps of a distilled model would still take {distilled / Rtx3090Flops:0.0} s at that peak"),
        };
    }

    private static ClaimFinding A3()
    {
        var least = Least(s_small, s_clipA, 1);
        var count = ParameterCount.Of(s_small);
        return new ClaimFinding(least.PeakBytes > A3MostGigabytes * Giga ? Contradicted : NotDecided, "by formula")
        {
            Figures = Inv($"weights of the transformer {Bytes(2.0 * count.Transformer)} and of the text encoder {Bytes(2.0 * count.TextEncoder)} in two bytes; the least of this build's plans, {least.Plan.Words}, peaks at {Bytes(least.PeakBytes)}"),
        };
    }

    private static ClaimFinding A4()
    {
        var least = Least(s_small, s_clipA, 1);
        var instances = (int)(CardGigabytes * Giga / least.PeakBytes);
        return new ClaimFinding(instances < 2 ? Contradicted : Supported, "by formula; follows from A3 alone")
        {
            Figures = Inv($"{CardGigabytes:0} / {A3MostGigabytes:0} to {CardGigabytes:0} / {A3LeastGigabytes:0} is 2.4 to 3: consistent with A3; with the least peak by formula, {least.PeakBytes / Giga:0.0} GB, {instances}"),
        };
    }

    private static ClaimFinding A5()
    {
        var rate = WanCost.DenoiseFlops(s_small, s_clipA, isGuided: true) / A5MostSeconds;
        return new ClaimFinding(rate > Rtx3090Flops ? Contradicted : NotDecided, "of the time; which utilisation is meant is not said, and the GPU's own needs a GPU")
        {
            Figures = Inv($"A2's 3 s lies between; 5 s would still need {rate / 1e12:#,0} TFLOP/s, {rate / Rtx3090Flops:0} times the card's peak. The busy share is 100 % by definition while a call runs"),
        };
    }

    private static ClaimFinding A6()
    {
        var (brief, full) = (Denoising(tokens: 8), Denoising(s_small.Transformer.TextLength));
        return new ClaimFinding(full < brief * 1.05 ? Supported : NotDecided, "nearly, by formula; no GPU run")
        {
            Figures = Inv($"every prompt is {s_small.Transformer.TextLength} rows to the transformer; by formula a step peaks at {Bytes(brief)} with a prompt of 8 tokens and at {Bytes(full)} with one of {s_small.Transformer.TextLength}"),
        };
    }

    private static ClaimFinding A7()
    {
        var bytes = WanCost.WeightBytes(s_small, ElementType.BFloat16);
        return new ClaimFinding(NotDecided, "it depends on the disk")
        {
            Figures = Inv($"{Bytes(bytes)} of weights in two bytes: 5 to 8 s need {bytes / A7MostSeconds / Giga:0.0} to {bytes / A7LeastSeconds / Giga:0.0} GB/s from the disk; at 2 GB/s it is {bytes / FitTable.ReadBytesPerSecond:0.0} s"),
        };
    }

    private static ClaimFinding A11()
    {
        var card = new Verbs.DoctorFit.MemoryDevice("card", 24L << 30, new GpuMemory());
        var most = Enumerable.Range(1, 64).TakeWhile(batch => Verbs.DoctorFit.Table(s_small, s_clipA, batch, card).Chosen is not null).LastOrDefault();
        return new ClaimFinding(most is 2 or 3 ? Supported : Contradicted, "of jobs in one batch, by formula; of instances A4's row says otherwise")
        {
            Figures = Inv($"24 / 10 to 24 / 8 is 2.4 to 3: consistent with A3; by formula one instance on a 24 GiB card runs a batch of at most {most} at 832x480, 121 frames"),
        };
    }

    private static ClaimFinding A18()
    {
        var (small, large) = (Stride(s_small), Stride(s_large));
        return new ClaimFinding(small == "8x8x4" ? Supported : Contradicted, "of the 5B, article A's model; true of the A14B")
        {
            Figures = $"by the VAEs' dimensions the 5B has {small} and the A14B {large}",
        };
    }

    private static ClaimFinding A19()
    {
        var forward = WanCost.Forward(s_small, s_small.Native);
        return new ClaimFinding(Contradicted, "by the model's structure")
        {
            Figures = Inv($"every token attends to all {s_small.Tokens(s_small.Native):#,0} of a clip of 1280x704, 121 frames; that part grows with their square and is {Share(forward.SelfAttention / forward.Total)} of a forward's operations"),
        };
    }

    private static ClaimFinding A20()
    {
        var refused = s_small.Shapes.Check(s_clipA with { Frames = 96 }).Any(problem => problem.Field == "frames");
        return new ClaimFinding(refused ? Contradicted : Supported)
        {
            Figures = "frames must be 4n+1: 93 and 97 are accepted, 96 is refused; 25 steps are accepted",
        };
    }

    private static ClaimFinding A23() => new(NotDecided, "the small model is steady on a processor; a GPU has to be measured") { Figures = "`./loadlab probe` measures it on the device at hand" };

    private static ClaimFinding B1()
    {
        var count = ParameterCount.Of(s_large);
        return new ClaimFinding(count.Transformer / Giga is > 13.5 and < 14.5 ? Supported : Contradicted, "of one of two experts; both are kept and loaded")
        {
            Figures = Inv($"{count.Transformer:#,0} parameters an expert by its dimensions, {count.Transformers:#,0} together; 1280x720 is accepted"),
        };
    }

    private static ClaimFinding B2()
    {
        var (low, high) = (Reference(s_clip480) / B2Seconds, Reference(s_clip720) / B2Seconds);
        var published = Profiles.Load("wan2.2-t2v-a14b-a100-1gpu").Services.Single(entry => entry.Height == 480).Whole.MeanS;
        return new ClaimFinding(published > B2Seconds * 1.1 || high > s_a100Flops ? Contradicted : Supported, "of the A100 that B5 names; an H100 takes less at 480p")
        {
            Figures = Inv($"8 minutes need {low / 1e12:0} TFLOP/s at 480p, {Share(low / s_a100Flops)} of an A100's peak, and {high / 1e12:#,0} at B1's 720p, {high / s_a100Flops:0.0} times its peak"),
        };
    }

    private static ClaimFinding B6()
    {
        var (one, four, eight) = (Least(s_large, s_clip480, 1), Least(s_large, s_clip480, 4), Least(s_large, s_clip480, 8));
        return new ClaimFinding(one.PeakBytes > B6MostGigabytes * Giga ? Contradicted : NotDecided, "at a batch of 1, published and by formula")
        {
            Figures = Inv($"one expert alone is {2 * ParameterCount.Of(s_large).Transformer / Giga:0.0} GB in two bytes; the least of this build's plans peaks at {one.PeakBytes / Giga:0.0}, {four.PeakBytes / Giga:0.0} and {eight.PeakBytes / Giga:0.0} GB at 1, 4 and 8"),
        };
    }

    private static ClaimFinding B8()
    {
        var (full, half) = (WanCost.WeightBytes(s_large), WanCost.WeightBytes(s_large, ElementType.BFloat16));
        return new ClaimFinding(Supported, "of the weights' memory, by formula; quality was not compared, and the reference keeps its VAE in float32")
        {
            Figures = $"all weights of the A14B: {Bytes(full)} in float32, {Bytes(half)} in two bytes",
        };
    }

    private static ClaimFinding B9() => new(Contradicted, "by the model's structure")
    {
        Figures = "no operation mixes two items of a batch: each attends to its own tokens and its own text, and padding stands for the model's text length, not for the longest prompt of the batch",
    };

    private static ClaimFinding B18()
    {
        var (low, high) = (Reference(s_clip480), Reference(s_clip720));
        return new ClaimFinding(low < high / 2 ? Supported : Contradicted)
        {
            Figures = Inv($"{low / Peta:0.0} against {high / Peta:0.0} PFLOP: a preview is {Share(low / high)} of a final clip, and saves work when more than that share of previews is not made final"),
        };
    }

    private static double Reference(JobShape shape) => WanCost.ReferenceDenoiseFlops(s_large, shape, isGuided: true);

    /// <summary>The plan that needs least, whatever it costs in time.</summary>
    private static FitRow Least(WanModelSpec model, JobShape shape, int batch) =>
        Verbs.DoctorFit.Table(model, shape, batch, new Verbs.DoctorFit.MemoryDevice("any", long.MaxValue, new GpuMemory())).Smallest;

    private static long Denoising(int tokens)
    {
        var device = new GpuMemory();
        var prompt = new PromptLoad(tokens, 1);
        var forecast = MemoryForecast.Of(s_small, new BatchLoad(s_clipA, [prompt], [prompt]), ResidencyPlan.Resident with { TextType = ElementType.BFloat16, TransformerType = ElementType.BFloat16 }, device, device);
        return device.Occupied(forecast.Denoise.Weights, forecast.Denoise.Working);
    }

    /// <summary>Pixels and frames of one latent value, as the latents' sizes say.</summary>
    private static string Stride(WanModelSpec model)
    {
        var (width, height) = (model.Native.Width, model.Native.Height);
        double Positions(int frames) => (double)model.LatentCount(model.Native with { Frames = frames }) / model.Vae.LatentChannels;
        var side = Math.Sqrt(width * height / Positions(1));
        var time = Enumerable.Range(2, 16).First(frames => frames % 2 == 1 && Positions(frames) == 2 * Positions(1)) - 1;
        return Inv($"{side:0}x{side:0}x{time}");
    }
}
