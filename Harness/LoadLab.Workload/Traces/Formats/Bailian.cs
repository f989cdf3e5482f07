namespace LoadLab.Workload;

/// <summary>Qwen-Bailian JSONL (AIPerf's bailian_trace): timestamp in seconds, chat_id, parent_chat_id, type, turn, token counts, hash_ids.</summary>
internal sealed class Bailian : ITraceFormat
{
    public TraceFormat Format => TraceFormat.Bailian;

    public TraceLayout? Open(TraceFields first, bool asked) => first.Syntax is JsonLines && (asked || first.HasAll("timestamp", "chat_id"))
        ? new TraceLayout(Format, "timestamp", TraceUnit.Seconds) { Plausible = RateRange.Language }
        : null;
}
