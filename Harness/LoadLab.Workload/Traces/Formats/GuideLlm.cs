namespace LoadLab.Workload;

/// <summary>
/// GuideLLM traces, JSONL or CSV: timestamp in seconds, input_length, output_length. In JSONL the same names with milliseconds are a Mooncake or AIPerf file, so that this
/// format is taken only when named; a CSV has no such twin.
/// </summary>
internal sealed class GuideLlm : ITraceFormat
{
    public TraceFormat Format => TraceFormat.GuideLlm;

    public TraceLayout? Open(TraceFields first, bool asked) => first.Syntax switch
    {
        JsonLines when asked => Layout,
        DelimitedLines when first.HasAll("timestamp", "input_length", "output_length") => Layout,
        _ => null,
    };

    private TraceLayout Layout => new(Format, "timestamp", TraceUnit.Seconds) { Plausible = RateRange.Language };
}
