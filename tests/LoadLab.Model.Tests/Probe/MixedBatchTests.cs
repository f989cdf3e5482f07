using LoadLab.Model.Diffusion;
using LoadLab.Model.Nano;
using LoadLab.Model.Pipeline;
using LoadLab.Model.Sampling;
using LoadLab.Model.TextEncoder;
using LoadLab.Model.Tokenizer;
using LoadLab.Model.Verify;
using LoadLab.Model.Weights;

namespace LoadLab.Model.Tests.Probe;

/// <summary>
/// "Prompts that differ too much disturb a batch's attention": not here. A batch of b prompts of different lengths, seeds and scales gives what b single runs give, within
/// the tolerance of the golden cases on any engine and to the bit on the processor, because no operation mixes items: each group of equal prompts has its own
/// text keys, and padding stands for the text length, never for the batch's longest prompt.
/// It would fail where items do meet: text padded to the longest neighbour or with its rows (the two mutants below); matrix products in half precision whose
/// tiling or split over the depth depends on the number of rows, which changes the order of sums (equal within the type's tolerance, not to the bit);
/// norms over the batch; quantisation whose scale is taken over the whole batch; noise drawn from one generator for all items; a cache shared between them.
/// </summary>
public sealed class MixedBatchTests(SeededModels models)
{
    private static readonly VideoJob[] s_jobs =
    [
        new("two cats", 1) { Guidance = 3 },
        new("a very long prompt that has many more words than the others do, about a harbour at night, lanterns, rain and a slow train over the bridge", 2) { Guidance = 6.5f, NegativePrompt = "blurred" },
        new("x", 3) { Guidance = 1.5f, HighNoiseGuidance = 9 },
        new("一只 红色的 小船", 4),
    ];

    public static TheoryData<string> Models => [.. ModelCatalog.All.Where(model => model.IsSeeded).Select(model => model.Name)];

    [Theory]
    [MemberData(nameof(Models))]
    public void Batch_of_different_prompts_equals_single_runs(string name)
    {
        using var backend = TestBackend.Create();
        using var pipeline = WanPipeline.Load(ModelCatalog.Find(name)!, models.Folder, backend);
        var alone = s_jobs.Select(job => Latents(pipeline, [job])[0]!).ToArray();
        Assert.All(alone.Skip(1), latent => Assert.NotNull(Difference(alone[0], latent)));
        for (var b = 2; b <= s_jobs.Length; b++)
        {
            var together = Latents(pipeline, s_jobs[..b]);
            for (var job = 0; job < b; job++)
            {
                AssertEqual(alone[job], together[job]);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Cancelling_a_job_midway_leaves_the_others_as_single_runs(string name)
    {
        using var backend = TestBackend.Create();
        using var pipeline = WanPipeline.Load(ModelCatalog.Find(name)!, models.Folder, backend);
        var together = Latents(pipeline, s_jobs, cancelled: 1);
        Assert.Null(together[1]);
        foreach (var job in new[] { 0, 2, 3 })
        {
            AssertEqual(Latents(pipeline, [s_jobs[job]])[0]!, together[job]);
        }
    }

    [Fact]
    public void Steps_of_the_two_expert_models_above_use_both()
    {
        var model = ModelCatalog.T2VA14BPico;
        var timesteps = NoiseSchedule.Create(model.Solver, Shape(model).Steps, model.Shift).Timesteps;
        Assert.Contains(timesteps, timestep => timestep >= model.ExpertBoundary * 1000);
        Assert.Contains(timesteps, timestep => timestep < model.ExpertBoundary * 1000);
    }

    /// <summary>The first mutant: a batch whose text is padded to its longest prompt. A short prompt then depends on its neighbours' length.</summary>
    [Fact]
    public void Padding_to_the_longest_neighbour_would_fail()
    {
        var model = ModelCatalog.Ti2V5BPico;
        var longest = Tokens(model, s_jobs[1].Prompt).Length;
        Assert.InRange(longest, Tokens(model, s_jobs[0].Prompt).Length + 1, model.Transformer.TextLength - 1);
        var mutant = model with { Transformer = model.Transformer with { TextLength = longest } };
        Assert.NotNull(Difference(Alone(model, s_jobs[0]), Alone(mutant, s_jobs[0])));
    }

    /// <summary>The second mutant: the rows past a short prompt's end are its longer neighbour's instead of padding.</summary>
    [Fact]
    public void Rows_of_a_longer_neighbour_in_the_padding_would_fail()
    {
        var model = ModelCatalog.Ti2V5BPico;
        using var backend = TestBackend.Create();
        using var weights = WeightStore.Open(SeededWeights.Ensure(model, models.Folder));
        using var encoder = new UmT5Encoder(backend, model.TextEncoder, weights.View(SeededWeights.TextEncoderPrefix));
        using var transformer = new DitModel(backend, model.Transformer, weights.View(SeededWeights.TransformerPrefix));
        var own = encoder.EncodeToHost(Tokens(model, s_jobs[0].Prompt));
        var neighbour = encoder.EncodeToHost(Tokens(model, s_jobs[1].Prompt));
        float[] leaked = [.. own, .. neighbour[own.Length..]];
        var faithful = Denoised(transformer, model, own);
        Assert.Equal(Alone(model, s_jobs[0] with { Guidance = 1 }), faithful);
        Assert.NotNull(Difference(faithful, Denoised(transformer, model, leaked)));
    }

    private static JobShape Shape(WanModelSpec model) => model.Native with { Width = 64, Height = 64, Frames = 5, Steps = 4 };

    private static int[] Tokens(WanModelSpec model, string prompt) => new HashedTokenizer(model.TextEncoder.VocabularySize).Encode(prompt, model.Transformer.TextLength);

    /// <summary>Null where the job was cancelled, which happens after half of the steps.</summary>
    private static float[]?[] Latents(WanPipeline pipeline, VideoJob[] jobs, int? cancelled = null)
    {
        var shape = Shape(pipeline.Model);
        using var batch = pipeline.Prepare(shape, jobs);
        pipeline.EncodeText(batch);
        while (!batch.IsDenoised)
        {
            if (cancelled is { } job && batch.StepsDone == shape.Steps / 2)
            {
                batch.Cancel(job);
            }

            pipeline.DenoiseStep(batch);
        }

        return [.. Enumerable.Range(0, jobs.Length).Select(job => batch.IsCancelled(job) ? null : batch.Latent(job))];
    }

    private float[] Alone(WanModelSpec model, VideoJob job)
    {
        using var backend = TestBackend.Create();
        using var pipeline = WanPipeline.Load(model, models.Folder, backend);
        return Latents(pipeline, [job])[0]!;
    }

    /// <summary>The first job's latent from a given context, without guidance.</summary>
    private static float[] Denoised(DitModel transformer, WanModelSpec model, float[] context)
    {
        var shape = Shape(model);
        var schedule = NoiseSchedule.Create(model.Solver, shape.Steps, model.Shift);
        var latent = new float[model.LatentCount(shape)];
        new TorchRandom(s_jobs[0].Seed).Normal(latent);
        var item = new DenoiseItem(context, null, [1], latent, FlowSolver.Create(model.Solver, schedule));
        using var denoiser = new Denoiser(new DitExperts(transformer), model.Grid(shape), schedule, [item]);
        while (!denoiser.IsDone)
        {
            denoiser.Step();
        }

        return item.Latent;
    }

    /// <summary>What the golden cases' tolerance says against two latents; null when it holds.</summary>
    private static string? Difference(float[] expected, float[] actual) => Tolerances.Single(expected, actual).Failure;

    /// <summary>Within the tolerance on any engine; on the processor the same bits.</summary>
    private static void AssertEqual(float[] expected, float[]? actual)
    {
        Assert.NotNull(actual);
        Assert.Null(Difference(expected, actual));
        Assert.Equal(expected, actual);
    }
}
