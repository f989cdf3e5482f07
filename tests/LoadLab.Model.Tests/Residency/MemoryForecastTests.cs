using LoadLab.Model.Cost;
using LoadLab.Model.Pipeline;
using LoadLab.Model.Residency;
using LoadLab.Model.Tokenizer;
using LoadLab.Tensors;

namespace LoadLab.Model.Tests.Residency;

/// <summary>The formula beside what the arena measures, stage by stage: peak bytes, and what is above the weights.</summary>
public sealed class MemoryForecastTests(SeededModels models)
{
    private const double Tolerance = 0.02;

    public static TheoryData<string, int, int, int, int, bool, int> Cases => new()
    {
        { "wan2.2-ti2v-5b-nano", 160, 96, 9, 1, true, 1 },
        { "wan2.2-ti2v-5b-nano", 160, 96, 9, 4, true, 2 },
        { "wan2.2-ti2v-5b-nano", 320, 192, 17, 2, true, 2 },
        { "wan2.2-ti2v-5b-nano", 256, 256, 1, 1, false, 1 },
        { "wan2.2-ti2v-5b-nano", 64, 96, 5, 4, false, 2 },
        { "wan2.2-t2v-a14b-nano", 80, 48, 9, 1, true, 1 },
        { "wan2.2-t2v-a14b-nano", 160, 96, 17, 2, true, 2 },
        { "wan2.2-t2v-a14b-nano", 192, 128, 5, 1, false, 1 },
        { "wan2.2-ti2v-5b-pico", 64, 64, 5, 1, true, 1 },
        { "wan2.2-ti2v-5b-pico", 96, 64, 13, 4, true, 2 },
        { "wan2.2-t2v-a14b-pico", 48, 32, 9, 2, true, 1 },
        { "wan2.2-t2v-a14b-pico", 128, 96, 9, 1, false, 2 },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Formula_agrees_with_the_arena_at_every_stage(string name, int width, int height, int frames, int batch, bool isGuided, int threads) =>
        AssertForecast(name, ResidencyPlan.Resident, new JobShape(width, height, frames, 1), Jobs(batch, isGuided), threads);

    [Theory]
    [InlineData("wan2.2-ti2v-5b-nano")]
    [InlineData("wan2.2-t2v-a14b-nano")]
    [InlineData("wan2.2-ti2v-5b-pico")]
    public void Formula_agrees_under_every_plan(string name)
    {
        foreach (var plan in Plans)
        {
            AssertForecast(name, plan, ModelCatalog.Find(name)!.Native with { Steps = 1 }, Jobs(2, isGuided: true), threads: 1);
        }
    }

    [Fact]
    public void Threads_and_vectors_change_scratch_only()
    {
        var model = ModelCatalog.Ti2V5BNano;
        var load = BatchLoad.Largest(model, model.Native, 1, isGuided: true);
        var one = MemoryForecast.Of(model, load, ResidencyPlan.Resident, new CpuMemory(1, 16), new CpuMemory(1));
        var four = MemoryForecast.Of(model, load, ResidencyPlan.Resident, new CpuMemory(4, 16), new CpuMemory(1));
        Assert.Equal(one.Denoise.Weights, four.Denoise.Weights);
        Assert.True(four.Denoise.Working > one.Denoise.Working);
    }

    [Fact]
    public void Longer_clips_are_decoded_in_the_same_memory()
    {
        var model = ModelCatalog.Ti2V5B;
        Assert.Equal(Decode(13), Decode(121));
        Assert.True(Decode(5) < Decode(13));

        long Decode(int frames) => MemoryForecast.Of(
            model, BatchLoad.Largest(model, model.Native with { Frames = frames }, 1, isGuided: true), ResidencyPlan.Resident, new GpuMemory(), new CpuMemory(1)).Decode.Working;
    }

    private static IEnumerable<ResidencyPlan> Plans =>
        from text in Enum.GetValues<TextPlace>()
        from transformer in Enum.GetValues<TransformerPlace>()
        select new ResidencyPlan { Text = text, Transformer = transformer };

    private void AssertForecast(string name, ResidencyPlan plan, JobShape shape, VideoJob[] jobs, int threads)
    {
        var model = ModelCatalog.Find(name)!;
        using var device = TestBackend.Create(threads);
        using var host = TestBackend.Create(threads);
        using var pipeline = WanPipeline.Load(model, models.Folder, device, plan: plan, host: host);
        var forecast = MemoryForecast.Of(model, Load(model, shape, jobs), plan, new CpuMemory(threads), new CpuMemory(threads));
        var measured = Measure(pipeline, device.Memory, shape, jobs);
        Assert.Equal(forecast.Decode.Weights, device.Memory.LiveBytes);
        foreach (var ((stage, bytes), peak) in forecast.Stages.Zip(measured))
        {
            AssertClose(bytes.Weights + bytes.Working, peak, $"{plan.Words}: peak of {stage}");
            AssertClose(bytes.Working, peak - bytes.Weights, $"{plan.Words}: working set of {stage}");
        }

        AssertClose(forecast.HostBytes, host.Memory.PeakBytes, $"{plan.Words}: host");
    }

    private static VideoJob[] Jobs(int batch, bool isGuided) =>
    [
        .. Enumerable.Range(0, batch).Select(i => new VideoJob(string.Join(' ', Enumerable.Repeat($"prompt {i} of a storm", i + 1)), (ulong)i) { Guidance = isGuided ? 4 : 1 }),
    ];

    private static BatchLoad Load(WanModelSpec model, JobShape shape, VideoJob[] jobs)
    {
        var tokenizer = new HashedTokenizer(model.TextEncoder.VocabularySize);
        int Tokens(string text) => tokenizer.Encode(text, model.Transformer.TextLength).Length;
        return new BatchLoad(
            shape,
            [.. jobs.Select(job => new PromptLoad(Tokens(job.Prompt), 1))],
            model.IsGuided(jobs[0]) ? [new PromptLoad(Tokens(ModelCatalog.DefaultNegativePrompt), jobs.Length)] : []);
    }

    // Peak of each stage; decoding at the largest of the jobs.
    private static long[] Measure(WanPipeline pipeline, IDeviceMemory memory, JobShape shape, VideoJob[] jobs)
    {
        using var batch = pipeline.Prepare(shape, jobs);
        var text = Peak(memory, () => pipeline.EncodeText(batch));
        var denoise = Peak(memory, () => pipeline.DenoiseStep(batch));
        var decode = Enumerable.Range(0, jobs.Length).Max(job => Peak(memory, () => pipeline.Decode(batch, job)));
        return [text, denoise, decode];
    }

    private static long Peak(IDeviceMemory memory, Action stage)
    {
        memory.ResetPeak();
        stage();
        return memory.PeakBytes;
    }

    private static void AssertClose(long formula, long measured, string what) =>
        Assert.True(Math.Abs(formula - measured) <= Tolerance * measured, $"{what}: formula {formula}, measured {measured}");
}
