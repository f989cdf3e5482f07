namespace LoadLab.Workload;

/// <summary>vidur's trace replay: arrived_at in seconds, num_prefill_tokens, num_decode_tokens.</summary>
internal sealed class Vidur : ITraceFormat
{
    public TraceFormat Format => TraceFormat.Vidur;

    public TraceLayout? Open(TraceFields first, bool asked) => first.Syntax is DelimitedLines && first.HasAll("arrived_at", "num_prefill_tokens")
        ? new TraceLayout(Format, "arrived_at", TraceUnit.Seconds) { Plausible = RateRange.Language }
        : null;
}
