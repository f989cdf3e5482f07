using LoadLab.Model.Pipeline;
using LoadLab.Tensors;

namespace LoadLab.Model.Probe;

/// <summary>Peak bytes of the device over repeated whole clips of one shape, one prompt each.</summary>
/// <param name="PeakBytes">By repetition.</param>
public sealed record PeakMemory(string Prompt, IReadOnlyList<long> PeakBytes)
{
    private const int Repetitions = 3;

    // Peaks lie within a step or within decoding: more steps add none.
    private const int Steps = 2;

    /// <summary>Makes clips of every prompt of the probe.</summary>
    internal static IReadOnlyList<PeakMemory> Measure(WanPipeline pipeline, IDeviceMemory memory, ProbeOptions options, CancellationToken stop)
    {
        var shape = options.Shape with { Steps = Math.Min(Steps, options.Shape.Steps) };
        return [.. ProbePrompts.All.Select(prompt => new PeakMemory(
            prompt.Name,
            [.. Enumerable.Range(0, Repetitions).Select(_ => Peak(pipeline, memory, shape, ProbePrompts.Same(prompt.Text, options.Batch), stop))]))];
    }

    private static long Peak(WanPipeline pipeline, IDeviceMemory memory, JobShape shape, IReadOnlyList<VideoJob> jobs, CancellationToken stop)
    {
        memory.ResetPeak();
        pipeline.Generate(shape, jobs, cancellation: stop);
        return memory.PeakBytes;
    }
}
