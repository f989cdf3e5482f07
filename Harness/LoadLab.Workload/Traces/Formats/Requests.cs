using LoadLab.Core;

namespace LoadLab.Workload;

/// <summary>Request(...) lines of the vLLM-Omni and SGLang diffusion benchmarks: timestamp in seconds, the clip's shape, prompt, seed, and slo_ms, which becomes the deadline.</summary>
internal sealed class Requests : ITraceFormat
{
    public TraceFormat Format => TraceFormat.Requests;

    public TraceLayout? Open(TraceFields first, bool asked) => first.Syntax is RequestLines
        ? new TraceLayout(Format, "timestamp", TraceUnit.Seconds) { Job = Job }
        : null;

    private static TraceJob Job(TraceFields row) => new()
    {
        Prompt = row.Prompt("prompt"),
        Model = row.Word("model"),
        Width = row.Whole("width"),
        Height = row.Whole("height"),
        Frames = row.Whole("num_frames"),
        Steps = row.Whole("num_inference_steps"),
        CallSeed = row.Long("seed"),
        Deadline = row.Time("slo_ms", TraceUnit.Milliseconds) is { } deadline ? new Duration(deadline) : null,
    };
}
