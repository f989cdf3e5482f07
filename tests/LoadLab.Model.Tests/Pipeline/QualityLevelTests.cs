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
        var shape = QualityLevel.FewStep.Apply(new JobShape(64, 64, 5, QualityLevel.FewStep.StepsOf(ModelCatalog.Ti2V5B)));
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
        Assert.Equal(problems, QualityLevel.FewStep.Check(steps, guidance, highNoise).Select(problem => problem.ToString()));
        Assert.Empty(QualityLevel.Full.Check(steps, guidance, highNoise));
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
