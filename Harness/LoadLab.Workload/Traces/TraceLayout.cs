using System.Globalization;
using LoadLab.Core;

namespace LoadLab.Workload;

/// <summary>Where a format keeps its arrival and its job. Found from the header line.</summary>
internal sealed record TraceLayout(TraceFormat Format, string TimeColumn, bool Absolute, Func<string, long?> ParseTime, Func<TraceColumns, TraceJob?> Job)
{
    private const int MaxShape = 65_535;
    private const int MaxWord = 200;

    /// <summary>Null when the header is of no known format, or not of the one asked for.</summary>
    public static TraceLayout? Find(TraceColumns header, TraceFormat? asked)
    {
        TraceLayout?[] all = [Azure(header), GenTd26(header), Own(header)];
        return Array.Find(all, layout => layout is not null && (asked is null || layout.Format == asked));
    }

    public long Arrival(TraceColumns row) => row.Required(TimeColumn, ParseTime);

    private static TraceLayout? Azure(TraceColumns header) => header.Has("ContextTokens") && header.Has("GeneratedTokens")
        ? At(header, "TIMESTAMP", TraceFormat.AzureLlm, AzureJob)
        : null;

    private static TraceLayout? GenTd26(TraceColumns header) => header.Has("predict_type") && header.Has("num_inference_steps")
        ? At(header, "gmt_create", TraceFormat.GenTd26, GenTd26Job)
        : null;

    private static TraceLayout? Own(TraceColumns header) =>
        header.Has("intended_ns") ? new TraceLayout(TraceFormat.LoadLab, "intended_ns", Absolute: false, TraceTime.Nanoseconds, OwnJob)
        : header.Has("intended_s") ? new TraceLayout(TraceFormat.LoadLab, "intended_s", Absolute: false, TraceTime.Seconds, OwnJob)
        : header.Has("arrival_s") ? new TraceLayout(TraceFormat.LoadLab, "arrival_s", Absolute: false, TraceTime.Seconds, OwnJob)
        : null;

    /// <summary>The published column of wall-clock times, or seconds from the first row.</summary>
    private static TraceLayout? At(TraceColumns header, string published, TraceFormat format, Func<TraceColumns, TraceJob?> job) =>
        header.Has(published) ? new TraceLayout(format, published, Absolute: true, TraceTime.Timestamp, job)
        : header.Has("arrival_s") ? new TraceLayout(format, "arrival_s", Absolute: false, TraceTime.Seconds, job)
        : null;

    /// <summary>Token counts say nothing of a video; they are read only to find damaged rows.</summary>
    private static TraceJob? AzureJob(TraceColumns row)
    {
        row.Whole("ContextTokens", int.MaxValue);
        row.Whole("GeneratedTokens", int.MaxValue);
        return null;
    }

    private static TraceJob GenTd26Job(TraceColumns row) => new()
    {
        Tenant = row.Word("groupId", MaxWord),
        Steps = row.Whole("num_inference_steps", MaxShape),
        Outputs = row.Whole("num_images_per_prompt", MaxShape),
    };

    private static TraceJob OwnJob(TraceColumns row) => new()
    {
        Tenant = row.Word("tenant", MaxWord),
        Tier = row.Word("tier", MaxWord),
        Model = row.Word("model", MaxWord),
        Prompt = row.Word("prompt", PromptOptions.MaxLength),
        Width = row.Whole("width", MaxShape),
        Height = row.Whole("height", MaxShape),
        Frames = row.Whole("frames", MaxShape),
        Steps = row.Whole("steps", MaxShape),
        Guidance = row.Number("guidance"),
        Quality = row.Word("quality", MaxWord),
        CallSeed = row.Value<long>("call_seed", text => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seed) ? seed : null),
        Deadline = (row.Value("deadline_ns", TraceTime.Nanoseconds) ?? row.Value("deadline_s", TraceTime.Seconds)) is { } deadline ? new Duration(deadline) : null,
        Patience = row.Value("patience_ns", TraceTime.Nanoseconds) is { } patience ? new Duration(patience) : null,
    };
}
