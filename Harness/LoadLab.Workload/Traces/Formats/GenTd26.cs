namespace LoadLab.Workload;

/// <summary>GenTD26 image requests: gmt_create (or arrival_s, seconds), steps, images and more.</summary>
internal sealed class GenTd26 : ITraceFormat
{
    public TraceFormat Format => TraceFormat.GenTd26;

    public TraceLayout? Open(TraceFields first, bool asked)
    {
        if (first.Syntax is not DelimitedLines || !first.HasAll("predict_type", "num_inference_steps"))
        {
            return null;
        }

        var layout = first.Has("gmt_create") ? new TraceLayout(Format, "gmt_create", TraceUnit.Timestamp)
            : first.Has("arrival_s") ? new TraceLayout(Format, "arrival_s", TraceUnit.Seconds)
            : null;
        return layout is null ? null : layout with { Job = Job };
    }

    private static TraceJob Job(TraceFields row) => new()
    {
        Tenant = row.Word("groupId"),
        Steps = row.Whole("num_inference_steps"),
        Outputs = row.Whole("num_images_per_prompt"),
    };
}
