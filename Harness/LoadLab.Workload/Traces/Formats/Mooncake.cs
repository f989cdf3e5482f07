namespace LoadLab.Workload;

/// <summary>Mooncake JSONL: timestamp in milliseconds (published in steps of 3 s), input_length, output_length, hash_ids.</summary>
internal sealed class Mooncake : ITraceFormat
{
    public TraceFormat Format => TraceFormat.Mooncake;

    public TraceLayout? Open(TraceFields first, bool asked) => first.Syntax is JsonLines && (asked || (first.HasAll("timestamp", "hash_ids") && !AiPerf.Marked(first)))
        ? new TraceLayout(Format, "timestamp", TraceUnit.Milliseconds) { Plausible = RateRange.Language }
        : null;
}
