using LoadLab.Model.Pipeline;

namespace LoadLab.Model.Tests.Pipeline;

public sealed class BatchStateTests(SeededModels models)
{
    private static readonly WanModelSpec s_pico = ModelCatalog.Ti2V5BPico;
    private static readonly JobShape s_shape = s_pico.Native with { Steps = 2 };
    private static readonly VideoJob s_guided = new("two cats", 1);
    private static readonly VideoJob s_unguided = new("two cats", 1) { Guidance = 1 };

    [Fact]
    public void A_batch_is_handed_over_between_stages_only()
    {
        using var backend = TestBackend.Create();
        using var pipeline = WanPipeline.Load(s_pico, models.Folder, backend);
        using var batch = pipeline.Prepare(s_shape, [s_guided]);
        Assert.Throws<InvalidOperationException>(() => batch.Export());
        pipeline.EncodeText(batch);
        Assert.Equal(0, batch.Export().StepsDone);
        pipeline.DenoiseStep(batch);
        Assert.Contains("step 1 of 2", Assert.Throws<InvalidOperationException>(() => batch.Export()).Message, StringComparison.Ordinal);
        pipeline.DenoiseStep(batch);
        Assert.Equal(2, batch.Export().StepsDone);
    }

    [Fact]
    public void Another_pipeline_goes_on_where_the_first_stopped()
    {
        using var backend = TestBackend.Create();
        using var pipeline = WanPipeline.Load(s_pico, models.Folder, backend);
        var expected = pipeline.Generate(s_shape, [s_guided])[0].Rgb;
        using var first = pipeline.Prepare(s_shape, [s_guided]);
        pipeline.EncodeText(first);
        using var second = pipeline.Prepare(s_shape, [s_guided]);
        pipeline.Import(second, first.Export());
        while (!second.IsDenoised)
        {
            pipeline.DenoiseStep(second);
        }

        using var third = pipeline.Prepare(s_shape, [s_guided]);
        pipeline.Import(third, second.Export());
        Assert.True(third.IsDenoised);
        Assert.Equal(expected, pipeline.Decode(third, 0).Rgb);
        Assert.Throws<InvalidOperationException>(() => pipeline.Import(third, second.Export()));
    }

    public static TheoryData<string, int, int?, int?, int?> Foreign => new()
    {
        { "of 2 jobs, the batch has 1", 0, 64, 64, null },
        { "stands at step 1; a batch goes on from step 0 or 2", 1, 64, 64, null },
        { "the context of job 0", 0, null, 64, null },
        { "the context of job 0", 0, 64, null, null },
        { "the context of job 0", 0, 63, 64, null },
        { "the context of job 0", 0, 0, 64, null },
        { "the context of job 0", 0, 65 * 64, 64, null },
        { "the latent of job 0", 2, null, null, null },
        { "the latent of job 0", 2, null, null, 7 },
    };

    [Theory]
    [MemberData(nameof(Foreign))]
    public void A_state_of_another_batch_is_refused(string problem, int steps, int? prompt, int? negative, int? latent)
    {
        using var backend = TestBackend.Create();
        using var pipeline = WanPipeline.Load(s_pico, models.Folder, backend);
        using var batch = pipeline.Prepare(s_shape, [s_guided]);
        var job = new JobState(Values(prompt), Values(negative), Values(latent));
        var state = new BatchState(steps, problem.Contains("2 jobs", StringComparison.Ordinal) ? [job, job] : [job]);
        Assert.Contains(problem, Assert.Throws<ArgumentException>(() => pipeline.Import(batch, state)).Message, StringComparison.Ordinal);

        static float[]? Values(int? count) => count is { } n ? new float[n] : null;
    }

    [Fact]
    public void A_guided_state_does_not_fit_an_unguided_batch()
    {
        using var backend = TestBackend.Create();
        using var pipeline = WanPipeline.Load(s_pico, models.Folder, backend);
        using var guided = pipeline.Prepare(s_shape, [s_guided]);
        pipeline.EncodeText(guided);
        using var unguided = pipeline.Prepare(s_shape, [s_unguided]);
        Assert.Throws<ArgumentException>(() => pipeline.Import(unguided, guided.Export()));
    }

    [Fact]
    public void Parts_that_are_not_asked_for_take_no_memory_between_batches()
    {
        var live = new Dictionary<ModelParts, long>();
        foreach (var parts in new[] { ModelParts.All, ModelParts.Text, ModelParts.Denoise, ModelParts.Decode, ModelParts.None })
        {
            using var backend = TestBackend.Create();
            using var pipeline = WanPipeline.Load(s_pico, models.Folder, backend, parts: parts);
            live.Add(parts, backend.Memory.LiveBytes);
        }

        Assert.Equal(0, live[ModelParts.None]);
        Assert.Equal(live[ModelParts.All], live[ModelParts.Text] + live[ModelParts.Denoise] + live[ModelParts.Decode]);
    }
}
