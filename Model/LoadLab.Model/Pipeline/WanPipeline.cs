using LoadLab.Model.Diffusion;
using LoadLab.Model.Residency;
using LoadLab.Model.Sampling;
using LoadLab.Model.Tokenizer;
using LoadLab.Model.Vae;
using LoadLab.Model.Weights;
using LoadLab.Tensors;

namespace LoadLab.Model.Pipeline;

/// <summary>
/// A loaded text-to-video model. A batch goes through <see cref="EncodeText(WanBatch, TextCache?)"/>, <see cref="DenoiseStep"/> until done, and <see cref="Decode"/> per job;
/// <see cref="Generate"/> does all of it; between stages another pipeline may take it over by <see cref="Import"/>. Used by one thread at a time, like its backend. Disposal unloads: every byte goes back to the backend.
/// </summary>
public sealed class WanPipeline : IDisposable
{
    private readonly Checkpoint _checkpoint;
    private readonly WanNetworks _networks;
    private readonly ITokenizer _tokenizer;

    private WanPipeline(WanModelSpec model, ResidencyPlan plan, Checkpoint checkpoint, WanNetworks networks, ITokenizer tokenizer)
    {
        Model = model;
        Plan = plan;
        _checkpoint = checkpoint;
        _networks = networks;
        _tokenizer = tokenizer;
    }

    public WanModelSpec Model { get; }

    /// <summary>Where its parts live.</summary>
    public ResidencyPlan Plan { get; }

    /// <summary>Where the weights came from.</summary>
    public WeightsSource Weights => _checkpoint.Source;

    /// <summary>Networks that were asked for when it was loaded or have been used since.</summary>
    public ModelParts Parts => _networks.Parts;

    /// <summary>What it has computed so far.</summary>
    public WanWork Work { get; private set; }

    /// <summary>As the other, from the model's usual source: <see cref="WeightsSource.Of"/>.</summary>
    public static WanPipeline Load(
        WanModelSpec model, string folder, ITensorBackend backend, ITokenizer? tokenizer = null, ResidencyPlan? plan = null, ITensorBackend? host = null, ModelParts parts = ModelParts.All) =>
        Load(model, WeightsSource.Of(model, folder), backend, tokenizer, plan, host, parts);

    /// <summary>
    /// Brings the weights into the backend: the cold start. Without a tokenizer the source's own is used (<see cref="PromptTokenizer"/>). Parts that the plan
    /// does not keep resident are read from the source again in every batch; <paramref name="parts"/> not asked for, at their first use. A plan with the text encoder on
    /// the host needs <paramref name="host"/>; both backends stay the caller's.
    /// </summary>
    /// <exception cref="WeightsException">Tensors are missing or have other shapes than the model's configuration.</exception>
    /// <exception cref="Safetensors.SafetensorsException">A file was refused, or a weight is not finite.</exception>
    /// <exception cref="OutOfDeviceMemoryException">The weights do not fit; nothing stays allocated.</exception>
    public static WanPipeline Load(
        WanModelSpec model, WeightsSource source, ITensorBackend backend, ITokenizer? tokenizer = null, ResidencyPlan? plan = null, ITensorBackend? host = null, ModelParts parts = ModelParts.All)
    {
        plan ??= ResidencyPlan.Resident;
        tokenizer ??= PromptTokenizer.Of(model, source);
        var checkpoint = Checkpoint.Open(model, source);
        try
        {
            return new WanPipeline(model, plan, checkpoint, WanNetworks.Load(model, plan, parts, backend, host, checkpoint.Weights), tokenizer);
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
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

    /// <summary>
    /// First stage: prompts to context rows, of jobs that are not cancelled. Equal prompts are encoded once, and those that <paramref name="cache"/> holds not at all.
    /// </summary>
    public void EncodeText(WanBatch batch, TextCache? cache = null)
    {
        var contexts = new Dictionary<string, float[]>(StringComparer.Ordinal);

        // A batch that was given up in its steps may have left an expert here.
        _networks.EndDenoising();
        try
        {
            batch.Enter(stepsDone: 0, batch.Jobs.Select((job, i) => batch.IsCancelled(i) ? null : Contexts(job, contexts, cache)));
        }
        finally
        {
            _networks.EndText();
        }
    }

    /// <summary>Goes on where another pipeline of this model exported a batch; this one is of the same shape and of the jobs in the state.</summary>
    /// <exception cref="ArgumentException">The state is not of this batch; every problem at once.</exception>
    public void Import(WanBatch batch, BatchState state)
    {
        var problems = state.Problems(Model, batch);
        if (problems.Count > 0)
        {
            throw new ArgumentException(string.Join("; ", problems), nameof(state));
        }

        _networks.EndDenoising();
        batch.Enter(state.StepsDone, state.Jobs);
    }

    /// <summary>Second stage, one step of all jobs that are not cancelled, in one forward. The first one draws each job's noise from its seed.</summary>
    public void DenoiseStep(WanBatch batch)
    {
        if (!batch.HasBegun)
        {
            var schedule = NoiseSchedule.Create(batch.Shape.Solver ?? Model.Solver, batch.Shape.Steps, batch.Shape.Shift ?? Model.Shift);
            batch.Begin(_networks.Experts, Model.Grid(batch.Shape), schedule, (job, context) => Item(job, context, batch.Shape, schedule));
        }

        var (calls, latents) = (batch.CallsDone, batch.ForwardsDone);
        batch.Step();
        Work = Work with { TransformerCalls = Work.TransformerCalls + batch.CallsDone - calls, TransformerLatents = Work.TransformerLatents + batch.ForwardsDone - latents };
        if (batch.IsDenoised)
        {
            _networks.EndDenoising();
        }
    }

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

    public void Dispose()
    {
        _networks.Dispose();
        _checkpoint.Dispose();
    }

    private DenoiseItem Item(VideoJob job, JobState context, JobShape shape, NoiseSchedule schedule)
    {
        var latent = new float[Model.LatentCount(shape)];
        new TorchRandom(job.Seed).Normal(latent);
        return new DenoiseItem(context.Prompt!, context.Negative, Model.Scales(job), latent, FlowSolver.Create(shape.Solver ?? Model.Solver, schedule));
    }

    private JobState Contexts(VideoJob job, Dictionary<string, float[]> contexts, TextCache? cache)
    {
        var negative = string.IsNullOrEmpty(job.NegativePrompt) ? ModelCatalog.DefaultNegativePrompt : job.NegativePrompt;
        return new JobState(Context(job.Prompt, contexts, cache), Model.IsGuided(job) ? Context(negative, contexts, cache) : null, null);
    }

    private float[] Context(string text, Dictionary<string, float[]> contexts, TextCache? cache)
    {
        if (!contexts.TryGetValue(text, out var context))
        {
            context = cache is null ? Encode(text) : cache.Get(Model.Name, text, Encode);
            contexts.Add(text, context);
        }

        return context;
    }

    private float[] Encode(string text)
    {
        Work = Work with { TextEncodings = Work.TextEncodings + 1 };
        return _networks.TextEncoder.EncodeToHost(_tokenizer.Encode(text, Model.Transformer.TextLength));
    }
}
