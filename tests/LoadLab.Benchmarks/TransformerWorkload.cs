using LoadLab.Model.Diffusion;
using LoadLab.Model.Nano;
using LoadLab.Model.Safetensors;
using LoadLab.Model.Weights;
using LoadLab.Tensors;

namespace LoadLab.Benchmarks;

/// <summary>
/// One forward of the mid configuration of the Wan transformer (width 512, 8 layers of 8 heads of 64, feed-forward 2048, text 512 x 512) on a latent of 16 x 4 x 32 x 32,
/// 1024 tokens, batch 1. The text's keys and values are computed before, as for all steps of a job. Weights and inputs are drawn from their names into a safetensors
/// file, so that another program can read the same.
/// </summary>
internal sealed class TransformerWorkload(string? weightsFile = null) : Workload
{
    public const float Timestep = 500;

    private static readonly LatentGrid s_grid = new(4, 32, 32);

    private readonly string _file = weightsFile ?? Path.Combine(Path.GetTempPath(), $"loadlab-mid-{Environment.ProcessId}.safetensors");
    private DitModel? _model;
    private DitSession? _session;
    private float[] _latent = [];
    private float[] _velocity = [];

    public static DitConfig Config { get; } = new() { Dim = 512, FfnDim = 2048, Heads = 8, Layers = 8, InChannels = 16, OutChannels = 16, TextDim = 512 };

    public override string Name => "transformer mid, 1024 tokens";

    /// <summary>N (12 L d^2 + 4 L^2 d + 4 L S d + 4 L d F) + 16 L d C + 2 (256 d + 7 d^2); the text's own products are not among them.</summary>
    public override double Operations => (8.0 * ((12.0 * 1024 * 512 * 512) + (4.0 * 1024 * 1024 * 512) + (4.0 * 1024 * 512 * 512) + (4.0 * 1024 * 512 * 2048))) + (16.0 * 1024 * 512 * 16) + (2.0 * ((256 * 512) + (7 * 512 * 512)));

    public ReadOnlySpan<float> Velocity => _velocity;

    public override void Prepare(ITensorBackend backend)
    {
        if (!File.Exists(_file))
        {
            Write(_file);
        }

        using var store = WeightStore.Open(_file);
        var inputs = store.View("inputs/");
        float[] context = [];
        inputs.Read("context", Config.TextLength * Config.TextDim, ref context);
        inputs.Read("x", Config.InChannels * s_grid.Positions, ref _latent);
        _velocity = new float[_latent.Length];
        _model = Own(new DitModel(backend, Config, store.View("dit/")));
        _session = Own(_model.Open(s_grid, [context]));
    }

    public override void Run() => _model!.Forward(_session!, _latent, TokenTimesteps.Common(Timestep), _velocity);

    public override void Dispose()
    {
        base.Dispose();
        if (weightsFile is null)
        {
            File.Delete(_file);
        }
    }

    private static void Write(string path)
    {
        TensorSpec[] specs =
        [
            .. Config.Tensors().Select(spec => spec with { Name = "dit/" + spec.Name }),
            new TensorSpec("inputs/x", [Config.InChannels, s_grid.Frames, s_grid.Height, s_grid.Width], WeightKind.Embedding),
            new TensorSpec("inputs/context", [Config.TextLength, Config.TextDim], WeightKind.Embedding),
        ];
        SafetensorsWriter.Write(path, [.. specs.Select(spec => (spec.Name, spec.Shape))], i => WeightDraw.Draw(specs[i], "mid"), new Dictionary<string, string>());
    }
}
