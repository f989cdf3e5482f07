using LoadLab.Model.Pipeline;
using LoadLab.Model.Sampling;
using LoadLab.Tensors;

namespace LoadLab.Model.Tests.Pipeline;

public sealed class WanPipelineTests(SeededModels models)
{
    private static readonly WanModelSpec Pico = ModelCatalog.Ti2V5BPico;
    private static readonly JobShape Small = Pico.Native with { Frames = 9, Steps = 3 };

    [Fact]
    public void Clip_has_the_asked_frames_and_is_neither_constant_nor_saturated()
    {
        using var backend = TestBackend.Create();
        using var pipeline = WanPipeline.Load(ModelCatalog.Ti2V5BNano, models.Folder, backend);
        var shape = ModelCatalog.Ti2V5BNano.Native with { Steps = 2 };
        var clip = Assert.Single(pipeline.Generate(shape, [new VideoJob("a lighthouse in a storm", 7)]));
        Assert.Equal(9 * 96 * 160 * 3, clip.Rgb.Length);
        var mean = clip.Rgb.Average(value => (double)value);
        var deviation = Math.Sqrt(clip.Rgb.Average(value => (value - mean) * (value - mean)));
        Assert.InRange(deviation, 10, 100);
        Assert.InRange(clip.Rgb.Count(value => value is 0 or 255), 0, clip.Rgb.Length / 4);
        Assert.False(clip.Frame(0).SequenceEqual(clip.Frame(8)));
    }

    [Fact]
    public void Two_expert_model_uses_both_and_its_two_scales()
    {
        var model = ModelCatalog.T2VA14BPico;
        using var backend = TestBackend.Create();
        using var pipeline = WanPipeline.Load(model, models.Folder, backend);
        var job = new VideoJob("two cats", 3);
        var plain = pipeline.Generate(model.Native, [job])[0].Rgb;
        Assert.NotEqual(plain, pipeline.Generate(model.Native, [job with { Guidance = 3, HighNoiseGuidance = 6 }])[0].Rgb);
        Assert.NotEqual(plain, pipeline.Generate(model.Native, [job with { Guidance = 6, HighNoiseGuidance = 4 }])[0].Rgb);
        Assert.Equal(plain, pipeline.Generate(model.Native, [job with { Guidance = 3, HighNoiseGuidance = 4 }])[0].Rgb);
    }

    [Fact]
    public void Same_seed_gives_the_same_bytes_whatever_the_thread_count()
    {
        var jobs = new[] { new VideoJob("two cats", 11), new VideoJob("a much longer prompt about a city at night", 12) };
        Assert.Equal(Frames(Small, 1, jobs), Frames(Small, 2, jobs));
    }

    [Fact]
    public void Seed_prompt_and_guidance_each_change_the_clip()
    {
        var job = new VideoJob("two cats", 11);
        var plain = Frames(Small, 1, job)[0];
        Assert.NotEqual(plain, Frames(Small, 1, job with { Seed = 12 })[0]);
        Assert.NotEqual(plain, Frames(Small, 1, job with { Prompt = "two dogs" })[0]);
        Assert.NotEqual(plain, Frames(Small, 1, job with { NegativePrompt = "blurred" })[0]);
        Assert.NotEqual(plain, Frames(Small, 1, job with { Guidance = 2 })[0]);
        Assert.NotEqual(plain, Frames(Small with { Solver = SolverKind.DpmPlusPlus }, 1, job)[0]);
        Assert.NotEqual(plain, Frames(Small with { Shift = 2 }, 1, job)[0]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Batch_of_different_prompts_equals_single_runs(int threads)
    {
        VideoJob[] jobs = [new("two cats", 1), new("a very long prompt that has many more words than the others do", 2) { Guidance = 3 }, new("x", 3)];
        using var backend = TestBackend.Create(threads);
        using var pipeline = WanPipeline.Load(Pico, models.Folder, backend);
        var together = Latents(pipeline, jobs);
        for (var i = 0; i < jobs.Length; i++)
        {
            AssertClose(Latents(pipeline, jobs[i])[0], together[i]);
        }
    }

    [Fact]
    public void Cancelled_job_leaves_the_others_as_they_would_be()
    {
        VideoJob[] jobs = [new("two cats", 1), new("three dogs", 2), new("x", 3)];
        using var backend = TestBackend.Create();
        using var pipeline = WanPipeline.Load(Pico, models.Folder, backend);
        var whole = Latents(pipeline, jobs);
        using var batch = pipeline.Prepare(Small, jobs);
        pipeline.EncodeText(batch);
        pipeline.DenoiseStep(batch);
        batch.Cancel(1);
        while (!batch.IsDenoised)
        {
            pipeline.DenoiseStep(batch);
        }

        AssertClose(whole[0], batch.Latent(0));
        AssertClose(whole[2], batch.Latent(2));
        Assert.True(batch.IsCancelled(1));
        Assert.Throws<InvalidOperationException>(() => pipeline.Decode(batch, 1));
    }

    [Fact]
    public void Guidance_of_one_ignores_the_negative_prompt()
    {
        var job = new VideoJob("two cats", 5) { Guidance = 1 };
        Assert.Equal(Frames(Small, 1, job)[0], Frames(Small, 1, job with { NegativePrompt = "anything else" })[0]);
    }

    [Fact]
    public void Cancellation_is_seen_between_steps()
    {
        using var backend = TestBackend.Create();
        using var pipeline = WanPipeline.Load(Pico, models.Folder, backend);
        using var source = new CancellationTokenSource();
        var steps = 0;
        Assert.Throws<OperationCanceledException>(() => pipeline.Generate(
            Small,
            [new VideoJob("x", 1)],
            done =>
            {
                steps = done;
                source.Cancel();
            },
            source.Token));
        Assert.Equal(1, steps);
    }

    [Fact]
    public void Unloading_returns_every_byte()
    {
        using var backend = TestBackend.Create();
        long loaded;
        using (var pipeline = WanPipeline.Load(Pico, models.Folder, backend))
        {
            loaded = backend.Memory.LiveBytes;
            pipeline.Generate(Small, [new VideoJob("x", 1)]);
            Assert.Equal(loaded, backend.Memory.LiveBytes);
        }

        Assert.True(loaded > 0);
        Assert.Equal(0, backend.Memory.LiveBytes);
    }

    [Fact]
    public void Running_out_of_memory_anywhere_leaves_nothing_behind()
    {
        using var roomy = TestBackend.Create();
        using (var pipeline = WanPipeline.Load(Pico, models.Folder, roomy))
        {
            pipeline.Generate(Small, [new VideoJob("x", 1)]);
        }

        var failures = 0;
        var step = roomy.Memory.PeakBytes / 61;
        for (var capacity = step; capacity < roomy.Memory.PeakBytes; capacity += step)
        {
            using var tight = TestBackend.Create(1, capacity);
            failures += RunsOut(tight) ? 1 : 0;
            Assert.Equal(0, tight.Memory.LiveBytes);
        }

        Assert.InRange(failures, 40, 61);
    }

    [Fact]
    public void Bad_batch_reports_every_problem()
    {
        using var backend = TestBackend.Create();
        using var pipeline = WanPipeline.Load(Pico, models.Folder, backend);
        VideoJob[] jobs = [new("a", 1) { Guidance = 1 }, new("b", 2) { Guidance = float.NaN }];
        var refusal = Assert.Throws<ArgumentException>(() => pipeline.Prepare(new JobShape(33, 64, 6, 0), jobs));
        string[] expected = ["size is 33x64", "frames is 6", "steps is 0", "guidance is NaN", "cannot share a batch"];
        Assert.All(expected, text => Assert.Contains(text, refusal.Message, StringComparison.Ordinal));
    }

    private bool RunsOut(CpuBackend backend)
    {
        try
        {
            using var pipeline = WanPipeline.Load(Pico, models.Folder, backend);
            pipeline.Generate(Small, [new VideoJob("x", 1)]);
            return false;
        }
        catch (OutOfDeviceMemoryException)
        {
            return true;
        }
    }

    private byte[][] Frames(JobShape shape, int threads, params VideoJob[] jobs)
    {
        using var backend = TestBackend.Create(threads);
        using var pipeline = WanPipeline.Load(Pico, models.Folder, backend);
        return [.. pipeline.Generate(shape, jobs).Select(clip => clip.Rgb)];
    }

    private static float[][] Latents(WanPipeline pipeline, params VideoJob[] jobs)
    {
        using var batch = pipeline.Prepare(Small, jobs);
        pipeline.EncodeText(batch);
        while (!batch.IsDenoised)
        {
            pipeline.DenoiseStep(batch);
        }

        return [.. Enumerable.Range(0, jobs.Length).Select(batch.Latent)];
    }

    private static void AssertClose(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        var worst = expected.Zip(actual, (e, a) => Math.Abs(e - a)).Max();
        Assert.InRange(worst, 0, 5e-5f);
    }
}
