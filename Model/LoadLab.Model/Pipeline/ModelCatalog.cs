using LoadLab.Model.Diffusion;
using LoadLab.Model.TextEncoder;
using LoadLab.Model.Vae;

namespace LoadLab.Model.Pipeline;

/// <summary>The models this build knows. Full configurations: Wan2.2 wan/configs. The small ones are the same code with fewer of everything and random weights.</summary>
public static class ModelCatalog
{
    /// <summary>The reference's negative prompt, used when none is given.</summary>
    public const string DefaultNegativePrompt =
        "色调艳丽，过曝，静态，细节模糊不清，字幕，风格，作品，画作，画面，静止，整体发灰，最差质量，低质量，JPEG压缩残留，丑陋的，残缺的，多余的手指，画得不好的手部，画得不好的脸部，畸形的，毁容的，形态畸形的肢体，手指融合，静止不动的画面，杂乱的背景，三条腿，背景人很多，倒着走";

    /// <summary>Besides its two published sizes it takes those of 480p, whose sides divide into whole patches too: they are what a small device has room for.</summary>
    public static WanModelSpec Ti2V5B { get; } = new()
    {
        Name = "wan2.2-ti2v-5b",
        TextEncoder = new UmT5Config(256384, 4096, 4096, 10240, 64, 24, 32),
        Transformer = new DitConfig { Dim = 3072, FfnDim = 14336, Heads = 24, Layers = 30, InChannels = 48, OutChannels = 48, TextDim = 4096 },
        Vae = new VaeConfig { Version = VaeVersion.Wan22, BaseDim = 256, LatentChannels = 48 },
        Statistics = LatentStatistics.Wan22,
        Shapes = new AcceptedShapes { Sizes = [(1280, 704), (704, 1280), (832, 480), (480, 832)], Multiple = 32, MinSide = 480, MaxSide = 1280, MaxFrames = 121, MaxSteps = 100 },
        Native = new JobShape(1280, 704, 121, 50),
        Preview = new JobShape(832, 480, 121, 25),
        Shift = 5,
        Guidance = [5],
        FramesPerSecond = 24,
        IsSeeded = false,
    };

    public static WanModelSpec Ti2V5BNano { get; } = Ti2V5B with
    {
        Name = "wan2.2-ti2v-5b-nano",
        TextEncoder = new UmT5Config(2048, 128, 128, 256, 4, 2, 32),
        Transformer = new DitConfig { Dim = 256, FfnDim = 1024, Heads = 4, Layers = 6, InChannels = 48, OutChannels = 48, TextDim = 128 },
        Vae = new VaeConfig { Version = VaeVersion.Wan22, BaseDim = 8, LatentChannels = 48 },
        Shapes = new AcceptedShapes { Multiple = 32, MinSide = 32, MaxSide = 512, MaxFrames = 81, MaxSteps = 50 },
        Native = new JobShape(160, 96, 9, 8),
        Preview = new JobShape(96, 64, 9, 4),
        IsSeeded = true,
    };

    public static WanModelSpec Ti2V5BPico { get; } = Ti2V5BNano with
    {
        Name = "wan2.2-ti2v-5b-pico",
        TextEncoder = new UmT5Config(1024, 64, 64, 128, 2, 1, 32),
        Transformer = new DitConfig { Dim = 96, FfnDim = 256, Heads = 4, Layers = 2, InChannels = 48, OutChannels = 48, TextDim = 64, TextLength = 64 },
        Vae = new VaeConfig { Version = VaeVersion.Wan22, BaseDim = 4, LatentChannels = 48, ResidualBlocks = 1 },
        Shapes = new AcceptedShapes { Multiple = 32, MinSide = 32, MaxSide = 256, MaxFrames = 33, MaxSteps = 50 },
        Native = new JobShape(64, 64, 5, 4),
        Preview = new JobShape(32, 32, 5, 2),
    };

    public static WanModelSpec T2VA14B { get; } = new()
    {
        Name = "wan2.2-t2v-a14b",
        TextEncoder = Ti2V5B.TextEncoder,
        Transformer = new DitConfig { Dim = 5120, FfnDim = 13824, Heads = 40, Layers = 40, InChannels = 16, OutChannels = 16, TextDim = 4096 },
        Vae = new VaeConfig { Version = VaeVersion.Wan21, BaseDim = 96, LatentChannels = 16 },
        Statistics = LatentStatistics.Wan21,
        Shapes = new AcceptedShapes { Sizes = [(1280, 720), (720, 1280), (832, 480), (480, 832)], Multiple = 16, MinSide = 480, MaxSide = 1280, MaxFrames = 81, MaxSteps = 100 },
        Native = new JobShape(1280, 720, 81, 40),
        Preview = new JobShape(832, 480, 81, 20),
        Shift = 12,
        Guidance = [3, 4],
        ExpertBoundary = 0.875,
        FramesPerSecond = 16,
        IsSeeded = false,
    };

    public static WanModelSpec T2VA14BNano { get; } = T2VA14B with
    {
        Name = "wan2.2-t2v-a14b-nano",
        TextEncoder = Ti2V5BNano.TextEncoder,
        Transformer = new DitConfig { Dim = 256, FfnDim = 704, Heads = 4, Layers = 8, InChannels = 16, OutChannels = 16, TextDim = 128 },
        Vae = new VaeConfig { Version = VaeVersion.Wan21, BaseDim = 8, LatentChannels = 16 },
        Shapes = new AcceptedShapes { Multiple = 16, MinSide = 32, MaxSide = 384, MaxFrames = 81, MaxSteps = 50 },
        Native = new JobShape(80, 48, 9, 8),
        Preview = new JobShape(48, 32, 9, 4),
        IsSeeded = true,
    };

    public static WanModelSpec T2VA14BPico { get; } = T2VA14BNano with
    {
        Name = "wan2.2-t2v-a14b-pico",
        TextEncoder = Ti2V5BPico.TextEncoder,
        Transformer = new DitConfig { Dim = 96, FfnDim = 256, Heads = 4, Layers = 2, InChannels = 16, OutChannels = 16, TextDim = 64, TextLength = 64 },
        Vae = new VaeConfig { Version = VaeVersion.Wan21, BaseDim = 4, LatentChannels = 16, ResidualBlocks = 1 },
        Shapes = new AcceptedShapes { Multiple = 16, MinSide = 32, MaxSide = 256, MaxFrames = 33, MaxSteps = 50 },
        Native = new JobShape(48, 32, 9, 8),
        Preview = new JobShape(32, 32, 9, 4),
    };

    /// <summary>Every model, the full one of a family first.</summary>
    public static IReadOnlyList<WanModelSpec> All { get; } = [Ti2V5B, Ti2V5BNano, Ti2V5BPico, T2VA14B, T2VA14BNano, T2VA14BPico];

    /// <summary>The model of that exact name, or null; a caller lists <see cref="All"/> when it refuses.</summary>
    public static WanModelSpec? Find(string name) => All.FirstOrDefault(model => model.Name == name);
}
