namespace LoadLab.Workload;

/// <summary>
/// BurstGPT CSV of 6 or 8 columns: Timestamp in seconds from midnight of the first day, Request tokens, Response tokens (0 for a failed request, which arrived all the same)
/// and more. Its models are language models and say nothing of a video.
/// </summary>
internal sealed class BurstGpt : ITraceFormat
{
    public TraceFormat Format => TraceFormat.BurstGpt;

    public TraceLayout? Open(TraceFields first, bool asked) => first.Syntax is DelimitedLines && first.HasAll("Timestamp", "Request tokens", "Response tokens")
        ? new TraceLayout(Format, "Timestamp", TraceUnit.Seconds) { Plausible = RateRange.Language, Job = Tokens }
        : null;

    private static TraceJob? Tokens(TraceFields row)
    {
        row.Whole("Request tokens", int.MaxValue);
        row.Whole("Response tokens", int.MaxValue);
        return null;
    }
}
