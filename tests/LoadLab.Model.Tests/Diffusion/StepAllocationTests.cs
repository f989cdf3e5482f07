using LoadLab.Model.Pipeline;
using LoadLab.Model.Sampling;

namespace LoadLab.Model.Tests.Diffusion;

/// <summary>A denoise step in a steady state takes nothing new: not from the arena, and from the managed heap only what its calls' own small objects need.</summary>
public sealed class StepAllocationTests(SeededModels models)
{
    // Shapes, closures and tensor handles of about 60 operations (two layers) at some 0.6 KiB.
    private const long BytesPerStep = 48 * 1024;

    [Theory]
    [InlineData(SolverKind.UniPc, 5f)]
    [InlineData(SolverKind.UniPc, 1f)]
    [InlineData(SolverKind.DpmPlusPlus, 1f)]
    [InlineData(SolverKind.Euler, 1f)]
    public void Managed_bytes_of_a_step_do_not_grow_with_the_latent(SolverKind solver, float guidance)
    {
        var small = Measure(new JobShape(64, 64, 5, 9) { Solver = solver }, guidance);
        var large = Measure(new JobShape(256, 256, 9, 9) { Solver = solver }, guidance);
        Assert.InRange(small, 1, BytesPerStep);
        Assert.InRange(large, 1, BytesPerStep);

        // Recompiled methods keep some of their small objects on the stack, hence a few KiB; one latent of the larger shape is 144 KiB.
        Assert.InRange(Math.Abs(large - small), 0, 8 * 1024);
    }

    // The least of the steps after the third, by when every buffer has been made once: a collection in the midst of a step counts the rest of an allocation
    // context as allocated, while what a step needs anew is in every step.
    private long Measure(JobShape shape, float guidance)
    {
        using var backend = TestBackend.Create();
        using var pipeline = WanPipeline.Load(ModelCatalog.Ti2V5BPico, models.Folder, backend);
        using var batch = pipeline.Prepare(shape, [new VideoJob("two cats", 1) { Guidance = guidance }]);
        pipeline.EncodeText(batch);
        var bytes = new long[shape.Steps - 1];
        for (var step = 0; step < bytes.Length; step++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            pipeline.DenoiseStep(batch);
            bytes[step] = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        return bytes[3..].Min();
    }
}
