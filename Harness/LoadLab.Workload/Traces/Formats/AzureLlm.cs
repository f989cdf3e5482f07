namespace LoadLab.Workload;

/// <summary>Azure LLM inference traces of 2023 and 2024: TIMESTAMP (or arrival_s, seconds), ContextTokens, GeneratedTokens.</summary>
internal sealed class AzureLlm : ITraceFormat
{
    public TraceFormat Format => TraceFormat.AzureLlm;

    public TraceLayout? Open(TraceFields first, bool asked)
    {
        if (first.Syntax is not DelimitedLines || !first.HasAll("ContextTokens", "GeneratedTokens"))
        {
            return null;
        }

        var layout = first.Has("TIMESTAMP") ? new TraceLayout(Format, "TIMESTAMP", TraceUnit.Timestamp)
            : first.Has("arrival_s") ? new TraceLayout(Format, "arrival_s", TraceUnit.Seconds)
            : null;
        return layout is null ? null : layout with { Plausible = RateRange.Language, Job = Tokens };
    }

    /// <summary>Token counts say nothing of a video; they are read only to find damaged rows.</summary>
    private static TraceJob? Tokens(TraceFields row)
    {
        row.Whole("ContextTokens", int.MaxValue);
        row.Whole("GeneratedTokens", int.MaxValue);
        return null;
    }
}
