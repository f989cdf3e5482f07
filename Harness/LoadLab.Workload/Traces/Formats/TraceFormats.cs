using LoadLab.Core.Input;

namespace LoadLab.Workload;

/// <summary>The formats that are known, and which one a file is of.</summary>
internal static class TraceFormats
{
    private static readonly ITraceFormat[] s_all =
    [
        new AzureLlm(), new GenTd26(), new OwnForm(), new Bailian(), new Mooncake(), new AiPerf(), new GuideLlm(), new BurstGpt(), new Requests(), new ServeGen(), new Vidur(), new Splitwise(), new H2Load(),
    ];

    public static string Words => string.Join(", ", s_all.Select(format => Trace.WordOf(format.Format)));

    /// <exception cref="InputException">The file is of no known format, or not of the one asked for.</exception>
    public static TraceLayout Open(string path, TraceFields first, TraceReading reading)
    {
        if (reading.Columns is { } columns)
        {
            return columns.Open(path, first);
        }

        if (reading.Format is { } asked)
        {
            return Array.Find(s_all, format => format.Format == asked)?.Open(first, asked: true)
                ?? throw Refused(path, $"is not a header of {Trace.WordOf(asked)}", Advice(first));
        }

        return s_all.Select(format => format.Open(first, asked: false)).FirstOrDefault(layout => layout is not null)
            ?? throw Refused(path, "is not a header of a known trace of arrivals", Advice(first));
    }

    /// <summary>What to do with a file that holds no arrivals, or none that can be told apart.</summary>
    private static string Advice(TraceFields first) => first switch
    {
        { Syntax: JsonLines } when first.HasAll("timestamp", "input_length") => "it may count in seconds (guidellm) or milliseconds (mooncake, aiperf): name its format",
        _ when first.Has("count") => "counts are no arrivals: map them, for example arrival=t_s,unit=s,count=count, and they are spread over their windows, labelled synthetic",
        _ when first.Has("value") => "a series of values holds no arrivals: forecast reads series",
        _ => $"known: {Words}; a trace of rates or counts holds no arrivals; any other CSV or JSONL takes a column map: arrival=COLUMN,unit=s",
    };

    private static InputException Refused(string path, string message, string fix) => new(new Problem(path, 1, "", null, message, fix));
}
