using LoadLab.Model.Diffusion;
using LoadLab.Model.Sampling;
using LoadLab.Model.Tokenizer;
using LoadLab.Model.Vae;
using LoadLab.Model.Weights;
using LoadLab.Tensors;

namespace LoadLab.Model.Pipeline;

/// <summary>
/// A loaded text-to-video model. A batch goes through <see cref="EncodeText"/>, <see cref="DenoiseStep"/> until done, and <see cref="Decode"/> per job;
/// <see cref="Generate"/> does all of it. Used by one thread at a time, like its backend. Disposal unloads: every byte goes back to the backend.
/// </summary>
public sealed class WanPipeline : IDisposable
{
    private readonly WanNetworks _networks;
    private readonly ITokenizer _tokenizer;

    private WanPipeline(WanModelSpec model, WanNetworks networks, ITokenizer tokenizer)
    {
        Model = model;
        _networks = networks;
        _tokenizer = tokenizer;
    }

    public WanModelSpec Model { get; }

    /// <summary>
    /// Reads the weights into the backend: the cold start. For a seeded model <paramref name="folder"/> is the cache its weights are written to once;
    /// for a full one it holds the checkpoint's safetensors (<see cref="Checkpoint"/>) and a tokenizer is required.
    /// </summary>
    /// <exception cref="WeightsException">Tensors are missing or have other shapes than the model's configuration.</exception>
    /// <exception cref="Safetensors.SafetensorsException">A file was refused, or a weight is not finite.</exception>
    /// <exception cref="OutOfDeviceMemoryException">The weights do not fit; nothing stays allocated.</exception>
    public static WanPipeline Load(WanModelSpec model, string folder, ITensorBackend backend, ITokenizer? tokenizer = null, ElementType type = ElementType.Float32)
    {
        tokenizer ??= model.IsSeeded
            ? new HashedTokenizer(model.TextEncoder.VocabularySize)
            : throw new ArgumentException($"{model.Name} needs the tokenizer of its checkpoint", nameof(tokenizer));
        using var checkpoint = Checkpoint.Open(model, folder);
        return new WanPipeline(model, WanNetworks.Load(backend, model, checkpoint.Weights, type), tokenizer);
    }

    /// <summary>Checks a batch; computes nothing.</summary>
    /// <exception cref="ArgumentException">No job, a shape the model does not accept, a guidance out of range, or guided and unguided jobs mixed.</exception>
    public WanBatch Prepare(JobShape shape, IReadOnlyList<VideoJob> jobs)
    {
        var problems = jobs.SelectMany(job => Model.Check(shape, job)).Select(problem => problem.ToString()).Distinct().ToList();
        if (jobs.Count == 0)
        {
            problems.Add("a batch needs at least one job");
        }

        if (jobs.Select(Model.IsGuided).Distinct().Count() > 1)
        {
            problems.Add("guided and unguided jobs cannot share a batch");
        }

        return problems.Count == 0 ? new WanBatch(shape, [.. jobs]) : throw new ArgumentException(string.Join("; ", problems));
    }

    /// <summary>First stage: prompts to context rows, seeds to noise. Equal prompts are encoded once.</summary>
    public void EncodeText(WanBatch batch)
    {
        var contexts = new Dictionary<string, float[]>(StringComparer.Ordinal);
        var schedule = NoiseSchedule.Create(batch.Shape.Solver ?? Model.Solver, batch.Shape.Steps, batch.Shape.Shift ?? Model.Shift);
        var items = new DenoiseItem[batch.Jobs.Count];
        for (var job = 0; job < items.Length; job++)
        {
            items[job] = Item(batch.Jobs[job], batch.Shape, schedule, contexts);
        }

        batch.Begin(_networks.Experts, Model.Grid(batch.Shape), schedule, items);
    }

    /// <summary>Second stage, one step of all jobs that are not cancelled, in one forward.</summary>
    public void DenoiseStep(WanBatch batch) => batch.Step();

    /// <summary>Last stage, one job: its latent to frames, streamed through the causal decoder.</summary>
    public VideoClip Decode(WanBatch batch, int job)
    {
        var latent = batch.Latent(job);
        var grid = Model.Grid(batch.Shape);
        var bytes = new byte[batch.Shape.Frames * batch.Shape.Width * batch.Shape.Height * 3];
        using var stream = _networks.Vae.Open(grid.Height, grid.Width);
        var at = 0;
        for (var frame = 0; frame < grid.Frames; frame++)
        {
            var pixels = stream.Next(latent, frame);
            Pixels.ToBytes(pixels, bytes.AsSpan(at, pixels.Length));
            at += pixels.Length;
        }

        return new VideoClip(batch.Shape.Width, batch.Shape.Height, batch.Shape.Frames, Model.FramesPerSecond, bytes);
    }

    /// <summary>All stages of a batch. <paramref name="onStep"/> is told the steps done; cancellation is looked at between steps and between jobs.</summary>
    public IReadOnlyList<VideoClip> Generate(JobShape shape, IReadOnlyList<VideoJob> jobs, Action<int>? onStep = null, CancellationToken cancellation = default)
    {
        using var batch = Prepare(shape, jobs);
        EncodeText(batch);
        while (!batch.IsDenoised)
        {
            cancellation.ThrowIfCancellationRequested();
            DenoiseStep(batch);
            onStep?.Invoke(batch.StepsDone);
        }

        var clips = new List<VideoClip>();
        for (var job = 0; job < jobs.Count; job++)
        {
            cancellation.ThrowIfCancellationRequested();
            clips.Add(Decode(batch, job));
        }

        return clips;
    }

    public void Dispose() => _networks.Dispose();

    private DenoiseItem Item(VideoJob job, JobShape shape, NoiseSchedule schedule, Dictionary<string, float[]> contexts)
    {
        var latent = new float[Model.LatentCount(shape)];
        new TorchRandom(job.Seed).Normal(latent);
        var negative = string.IsNullOrEmpty(job.NegativePrompt) ? ModelCatalog.DefaultNegativePrompt : job.NegativePrompt;
        var solver = FlowSolver.Create(shape.Solver ?? Model.Solver, schedule);
        return new DenoiseItem(Context(job.Prompt, contexts), Model.IsGuided(job) ? Context(negative, contexts) : null, Model.Scales(job), latent, solver);
    }

    private float[] Context(string prompt, Dictionary<string, float[]> contexts)
    {
        if (!contexts.TryGetValue(prompt, out var context))
        {
            context = _networks.TextEncoder.EncodeToHost(_tokenizer.Encode(prompt, Model.Transformer.TextLength));
            contexts.Add(prompt, context);
        }

        return context;
    }
}
