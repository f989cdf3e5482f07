using LoadLab.Model.Cost;
using LoadLab.Model.Pipeline;
using LoadLab.Model.Sampling;

namespace LoadLab.Model.Tests.Pipeline;

public sealed class QualityLevelTests(SeededModels models)
{
    private static readonly VideoJob s_cats = new("two cats", 11);

    // LightX2V's step_distill: 1000, 750, 500, 250 before a shift of 5, sigmas not truncated, plain Euler.
    [Fact]
    public void Few_step_grid_is_the_published_one()
    {
        var shape = QualityLevel.FewStep.Apply(new JobShape(64, 64, 5, QualityLevel.FewStep.ShapeOf(ModelCatalog.Ti2V5B).Steps));
        var schedule = NoiseSchedule.Create(shape.Solver!.Value, shape.Steps, shape.Shift!.Value);
        float[] expected = [1, 0.9375f, 5f / 6, 0.625f, 0];
        Assert.All(expected.Zip(schedule.Sigmas), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
        Assert.All(expected.SkipLast(1).Zip(schedule.Timesteps), pair => Assert.Equal(pair.First * 1000, pair.Second, 1e-3));
        Assert.Equal(2, schedule.Timesteps.Count(t => t >= 1000 * ModelCatalog.T2VA14B.ExpertBoundary));
    }

    [Theory]
    [InlineData("wan2.2-ti2v-5b-pico", 3)]
    [InlineData("wan2.2-ti2v-5b-pico", 8)]
    [InlineData("wan2.2-t2v-a14b-pico", 4)]
    public void Few_step_job_runs_one_forward_a_step(string name, int steps)
    {
        var model = ModelCatalog.Find(name)!;
        var shape = QualityLevel.FewStep.Apply(model.Native with { Steps = steps });
        var job = QualityLevel.FewStep.Apply(s_cats);
        Assert.False(model.IsGuided(job));
        Assert.Equal(steps, Forwards(model, shape, job));
        Assert.Equal(2 * steps, Forwards(model, shape, s_cats));
        Assert.Equal(WanCost.DenoiseFlops(model, shape, model.IsGuided(s_cats)), 2 * WanCost.DenoiseFlops(model, shape, model.IsGuided(job)));
    }

    [Fact]
    public void Few_step_clip_is_another_than_the_full_one_of_as_many_unguided_steps()
    {
        var model = ModelCatalog.Ti2V5BPico;
        using var backend = TestBackend.Create();
        using var pipeline = WanPipeline.Load(model, models.Folder, backend);
        var shape = model.Native with { Steps = 4 };
        var job = QualityLevel.FewStep.Apply(s_cats);
        Assert.NotEqual(pipeline.Generate(shape, [job])[0].Rgb, pipeline.Generate(QualityLevel.FewStep.Apply(shape), [job])[0].Rgb);
    }

    [Fact]
    public void Shapes_of_different_levels_are_different()
    {
        var shape = ModelCatalog.Ti2V5BPico.Native;
        Assert.Equal(shape, QualityLevel.Full.Apply(shape));
        Assert.NotEqual(shape, QualityLevel.FewStep.Apply(shape));
    }

    [Theory]
    [InlineData(3, 1f, null)]
    [InlineData(8, null, null)]
    [InlineData(null, null, 1f)]
    [InlineData(2, 1f, null, "steps is 2; accepted: 3 to 8 at quality few-step")]
    [InlineData(9, 1f, null, "steps is 9; accepted: 3 to 8 at quality few-step")]
    [InlineData(4, 1.5f, null, "guidance is 1.5; accepted: 1 at quality few-step")]
    [InlineData(2, 5f, 4f, "steps is 2; accepted: 3 to 8 at quality few-step", "guidance is 5; accepted: 1 at quality few-step", "high-noise guidance is 4; accepted: 1 at quality few-step")]
    public void Few_step_refuses_other_steps_and_scales(int? steps, float? guidance, float? highNoise, params string[] problems)
    {
        Assert.Equal(problems, QualityLevel.FewStep.Check(ModelCatalog.Ti2V5BPico, null, steps, guidance, highNoise).Select(problem => problem.ToString()));
        Assert.Empty(QualityLevel.Full.Check(ModelCatalog.Ti2V5BPico, null, steps, guidance, highNoise));
    }

    [Theory]
    [InlineData("full", "1280x720", 40)]
    [InlineData("final", "1280x720", 40)]
    [InlineData("preview", "832x480", 20)]
    [InlineData("few-step", "1280x720", 4)]
    [InlineData("distilled", "1280x720", 4)]
    public void A_level_fills_in_what_is_left_out(string name, string size, int steps)
    {
        var shape = QualityLevel.Find(name)!.ShapeOf(ModelCatalog.T2VA14B);
        Assert.Equal((size, 81, steps), ($"{shape.Width}x{shape.Height}", shape.Frames, shape.Steps));
    }

    [Fact]
    public void Every_word_is_a_level_and_each_models_levels_are_shapes_it_accepts()
    {
        Assert.Equal(["full", "preview", "final", "few-step", "distilled"], QualityLevel.Words);
        Assert.Same(QualityLevel.FewStep, QualityLevel.Find("distilled"));
        Assert.Null(QualityLevel.Find("draft"));
        foreach (var model in ModelCatalog.All)
        {
            foreach (var level in QualityLevel.All)
            {
                var shape = level.ShapeOf(model);
                Assert.Empty(model.Shapes.Check(level.Apply(shape)));
                Assert.Empty(level.Check(model, (shape.Width, shape.Height), shape.Steps, level.Guidance));
            }

            var pixels = (double)model.Preview.Width * model.Preview.Height / (model.Native.Width * model.Native.Height);
            Assert.InRange(pixels, 0.25, 0.67);
            Assert.Equal(model.Native.Frames, model.Preview.Frames);
            Assert.Equal(model.Native.Steps, 2 * model.Preview.Steps);
        }
    }

    // 832x480 = 399360 pixels, 1280x704 = 901120.
    [Theory]
    [InlineData("preview", 480, 832, 25)]
    [InlineData("preview", 1280, 704, 25, "size is 1280x704; accepted: at most 399360 pixels at quality preview")]
    [InlineData("preview", 832, 480, 26, "steps is 26; accepted: at most 25 at quality preview")]
    [InlineData("final", 704, 1280, 60)]
    [InlineData("final", 832, 480, 49, "size is 832x480; accepted: at least 901120 pixels at quality final", "steps is 49; accepted: at least 50 at quality final")]
    public void Preview_refuses_more_and_final_less(string name, int width, int height, int steps, params string[] problems) =>
        Assert.Equal(problems, QualityLevel.Find(name)!.Check(ModelCatalog.Ti2V5B, (width, height), steps, guidance: 5).Select(problem => problem.ToString()));

    /// <summary>
    /// Claim B18: 480p before 720p. For all steps of A14B as the reference runs them the source of the figures has 134.3 and 521.9 PFLOP, a ratio of 0.257 by the size alone; the level
    /// also halves the steps.
    /// </summary>
    [Fact]
    public void Preview_of_a14b_costs_an_eighth_of_the_final_clip()
    {
        var model = ModelCatalog.T2VA14B;
        var final = QualityLevel.Final.ShapeOf(model);
        var preview = QualityLevel.Preview.ShapeOf(model);
        Assert.Equal(521.9, Petaflop(final), 0.05);
        Assert.Equal(134.3, Petaflop(preview with { Steps = final.Steps }), 0.05);
        Assert.Equal(134.3 / 2 / 521.9, Petaflop(preview) / Petaflop(final), 1e-4);

        double Petaflop(JobShape shape) => WanCost.ReferenceDenoiseFlops(model, shape, isGuided: true) / 1e15;
    }

    private long Forwards(WanModelSpec model, JobShape shape, VideoJob job)
    {
        using var backend = TestBackend.Create();
        using var pipeline = WanPipeline.Load(model, models.Folder, backend);
        using var batch = pipeline.Prepare(shape, [job]);
        pipeline.EncodeText(batch);
        while (!batch.IsDenoised)
        {
            pipeline.DenoiseStep(batch);
        }

        return batch.ForwardsDone;
    }
}
