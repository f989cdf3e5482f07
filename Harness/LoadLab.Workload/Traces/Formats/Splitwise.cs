namespace LoadLab.Workload;

/// <summary>splitwise-sim: arrival_timestamp (taken as seconds; its source names no unit), request_id, application_id, prompt_size, token_size.</summary>
internal sealed class Splitwise : ITraceFormat
{
    public TraceFormat Format => TraceFormat.Splitwise;

    public TraceLayout? Open(TraceFields first, bool asked) => first.Syntax is DelimitedLines && first.HasAll("arrival_timestamp", "prompt_size", "token_size")
        ? new TraceLayout(Format, "arrival_timestamp", TraceUnit.Seconds) { Plausible = RateRange.Language }
        : null;
}
