namespace LoadLab.Workload;

/// <summary>
/// AIPerf's mooncake_trace JSONL, also a fixed schedule: timestamp in milliseconds, and text_input, messages or payload for the prompt, extra for fields of the request.
/// A later turn of a session has a delay after the answer before it in place of a timestamp, so that its time is not known beforehand.
/// </summary>
internal sealed class AiPerf : ITraceFormat
{
    private static readonly string[] s_marks = ["text_input", "session_id", "delay", "messages", "messages.content", "message_mode", "payload.prompt", "extra.size", "priority"];

    public TraceFormat Format => TraceFormat.AiPerf;

    public static bool Marked(TraceFields first) => s_marks.Any(first.Has);

    public TraceLayout? Open(TraceFields first, bool asked) => first.Syntax is JsonLines && (asked || (first.Has("timestamp") && !first.Has("chat_id") && Marked(first)))
        ? new TraceLayout(Format, "timestamp", TraceUnit.Milliseconds) { Plausible = first.Has("extra.size") || first.Has("payload.size") ? RateRange.Any : RateRange.Language, LeaveOut = LaterTurn, Job = Job }
        : null;

    private static string? LaterTurn(TraceFields row) =>
        row.Text("timestamp") is null && row.Text("delay") is not null ? "are later turns of a session, timed from the answer before them" : null;

    private static TraceJob? Job(TraceFields row)
    {
        var size = row.Size("extra.size") ?? row.Size("payload.size");
        var job = new TraceJob
        {
            Prompt = row.Prompt("text_input") ?? row.Prompt("payload.prompt") ?? row.Prompt("messages.content"),
            Model = row.Word("extra.model") ?? row.Word("payload.model"),
            Tenant = row.Word("extra.user") ?? row.Word("payload.user"),
            Tier = row.Word("extra.service_tier") ?? row.Word("payload.service_tier"),
            Width = size?.Width,
            Height = size?.Height,
            Frames = row.Whole("extra.num_frames") ?? row.Whole("payload.num_frames"),
            Steps = row.Whole("extra.num_inference_steps") ?? row.Whole("payload.num_inference_steps"),
            CallSeed = row.Long("extra.seed") ?? row.Long("payload.seed"),
        };
        return job == new TraceJob() ? null : job;
    }
}
