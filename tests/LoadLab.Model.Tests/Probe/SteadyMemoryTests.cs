using LoadLab.Model.Pipeline;
using LoadLab.Model.Probe;
using LoadLab.Model.Tokenizer;
using LoadLab.Tensors;

namespace LoadLab.Model.Tests.Probe;

/// <summary>Memory by the shape alone: nothing here is timed.</summary>
public sealed class SteadyMemoryTests(SeededModels models)
{
    private static readonly WanModelSpec Pico = ModelCatalog.Ti2V5BPico;

    [Fact]
    public void Prompts_called_equally_long_are_and_differ()
    {
        var tokens = ProbePrompts.EqualLength.Select(prompt => Tokens(prompt.Text)).ToList();
        Assert.All(tokens, ids => Assert.Equal(11, ids.Length));
        Assert.Equal(tokens.Count, tokens.Select(ids => string.Join(' ', ids)).Distinct().Count());
        Assert.InRange(Tokens(ProbePrompts.Long).Length, 100, 200);
    }

    [Theory]
    [InlineData("wan2.2-ti2v-5b-pico", 1)]
    [InlineData("wan2.2-ti2v-5b-pico", 3)]
    [InlineData("wan2.2-t2v-a14b-pico", 2)]
    public void Peak_is_one_number_for_all_prompts_of_equal_length_and_all_repetitions(string name, int batch)
    {
        var model = ModelCatalog.Find(name)!;
        using var backend = TestBackend.Create();
        using var pipeline = WanPipeline.Load(model, models.Folder, backend);
        var peaks = PeakMemory.Measure(pipeline, backend.Memory, Options(model, batch), CancellationToken.None);
        Assert.Equal(ProbePrompts.All.Select(prompt => prompt.Name), peaks.Select(peak => peak.Prompt));
        var gate = ProbeGates.Peaks(peaks);
        Assert.True(gate.Passed, $"peaks differ by {gate.Value} bytes");
        Assert.All(peaks, peak => Assert.True(peak.PeakBytes.All(bytes => bytes > 0 && bytes == peak.PeakBytes[0])));
    }

    [Fact]
    public void Peak_of_another_shape_is_another()
    {
        using var backend = TestBackend.Create();
        using var pipeline = WanPipeline.Load(Pico, models.Folder, backend);
        var small = PeakMemory.Measure(pipeline, backend.Memory, Options(Pico, 1), CancellationToken.None)[0].PeakBytes[0];
        var large = Options(Pico, 1) with { Shape = Pico.Native with { Width = 128, Height = 96 } };
        Assert.True(PeakMemory.Measure(pipeline, backend.Memory, large, CancellationToken.None)[0].PeakBytes[0] > small);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Arena_asks_the_system_for_nothing_after_the_first_clip(int threads)
    {
        using var backend = TestBackend.Create(threads);
        using var pipeline = WanPipeline.Load(Pico, models.Folder, backend);
        pipeline.Generate(Pico.Native, ProbePrompts.Same(ProbePrompts.Plain, 2));
        var blocks = backend.Memory.SystemBlocks;
        Assert.True(blocks > 0);
        foreach (var (_, text) in ProbePrompts.EqualLength)
        {
            pipeline.Generate(Pico.Native, ProbePrompts.Same(text, 2));
        }

        Assert.Equal(blocks, backend.Memory.SystemBlocks);
    }

    /// <summary>Until the runtime has replaced its first code, clips may differ; then none may.</summary>
    [Fact]
    public void Steps_come_to_allocate_the_same_managed_bytes_in_every_clip()
    {
        const int most = 400;
        const int wanted = 5;
        using var backend = TestBackend.Create();
        using var pipeline = WanPipeline.Load(Pico, models.Folder, backend);
        var last = ManagedBytes(pipeline);
        var alike = 1;
        for (var clip = 1; clip < most && alike < wanted; clip++)
        {
            var next = ManagedBytes(pipeline);
            alike = next.AsSpan().SequenceEqual(last) ? alike + 1 : 1;
            last = next;
        }

        Assert.Equal(wanted, alike);
        Assert.All(last, bytes => Assert.True(bytes > 0));
    }

    [Fact]
    public void Whole_probe_reports_every_phase()
    {
        using var backend = TestBackend.Create();
        using var pipeline = WanPipeline.Load(Pico, models.Folder, backend);
        var (report, pairs) = SteadyProbe.Run(pipeline, backend, Options(Pico, 2), _ => { });
        Assert.Equal(report.Passed, report.Gates.All(gate => gate.Passed));
        Assert.Equal(pairs.Count, report.StepSeconds.Count + report.WarmUpPairs + report.OpeningPairs);
        Assert.Equal((2, 4, 0L), (report.Batch, report.Kernel.Items, report.Memory.SystemBlocks));
        Assert.All(pairs, pair => Assert.True(pair.StepNanoseconds > 0 && pair.KernelNanoseconds > 0));
        Assert.All(pairs, pair => Assert.Equal(pair.Phase == PairPhase.WarmUp, pair.AtSeconds < 0));
        Assert.All(pairs.Where(pair => pair.Phase != PairPhase.WarmUp), pair => Assert.Equal(pair.Step == 0, pair.Phase == PairPhase.Opening));
        Assert.All(pairs.Zip(pairs.Skip(1)), pair => Assert.NotEqual(pair.First.KernelFirst, pair.Second.KernelFirst));
        Assert.Equal(["one word repeated", "Chinese", "twelve times as long"], report.Prompts.Select(prompt => prompt.Prompt));
        Assert.Equal(report.StepSeconds.Count, ProbeFiles.Minutes(pairs).Sum(row => int.Parse(row.Split(',')[1])));
    }

    [Fact]
    public void Second_expert_opens_its_own_text()
    {
        var model = ModelCatalog.T2VA14BPico;
        using var backend = TestBackend.Create();
        using var pipeline = WanPipeline.Load(model, models.Folder, backend);
        using var steps = new StepLoop(pipeline, model.Native with { Steps = 4 }, ProbePrompts.Mixed(1));
        var opens = new List<bool>();
        for (var i = 0; i < 8; i++)
        {
            steps.Prepare();
            opens.Add(steps.Opens);
            steps.Step();
        }

        Assert.Equal(2, steps.Clip);
        Assert.Equal([true, false, false, true, true, false, false, true], opens);
    }

    [Fact]
    public void Kernel_takes_as_many_rounds_as_fit_and_repeats_its_bits()
    {
        using var backend = TestBackend.Create();
        using (var kernel = new ReferenceKernel(backend, Pico.Transformer, items: 2, tokens: 5000))
        {
            Assert.Equal(new KernelSizes(1, 2, 2048, 96, 256, 4, 24, 2), kernel.Sizes);
            kernel.Fit(nowSeconds: 0.002, wantedSeconds: 0.025);
            Assert.Equal(12, kernel.Sizes.Rounds);
            kernel.Fit(nowSeconds: 0.024, wantedSeconds: 0.02);
            Assert.Equal(10, kernel.Sizes.Rounds);
            kernel.Run();
            Assert.True(kernel.RepeatsItself());
            kernel.Fit(nowSeconds: 1, wantedSeconds: 1e-6);
            Assert.Equal(1, kernel.Sizes.Rounds);
        }

        Assert.Equal(0, backend.Memory.LiveBytes);
    }

    private static ProbeOptions Options(WanModelSpec model, int batch) => new() { Shape = model.Native, Batch = batch, Steady = TimeSpan.FromSeconds(0.5) };

    private static int[] Tokens(string prompt) => new HashedTokenizer(ModelCatalog.Ti2V5BNano.TextEncoder.VocabularySize).Encode(prompt, 512);

    private static long[] ManagedBytes(WanPipeline pipeline)
    {
        using var batch = pipeline.Prepare(Pico.Native, ProbePrompts.Same(ProbePrompts.Plain, 1));
        pipeline.EncodeText(batch);
        var bytes = new long[Pico.Native.Steps];
        for (var step = 0; step < bytes.Length; step++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            pipeline.DenoiseStep(batch);
            bytes[step] = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        return bytes;
    }
}
