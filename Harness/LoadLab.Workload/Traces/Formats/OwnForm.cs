using LoadLab.Core;

namespace LoadLab.Workload;

/// <summary>LoadLab's own: a schedule.csv.gz, a calls.csv, or arrival_s with any of the columns below.</summary>
internal sealed class OwnForm : ITraceFormat
{
    private static readonly string[] s_jobs =
        ["tenant", "tier", "model", "prompt", "width", "height", "frames", "steps", "guidance", "quality", "call_seed", "deadline_ns", "deadline_s", "patience_ns"];

    public TraceFormat Format => TraceFormat.LoadLab;

    public TraceLayout? Open(TraceFields first, bool asked)
    {
        var layout = first.Syntax is not DelimitedLines { Tabs: false } ? null
            : first.Has("intended_ns") ? new TraceLayout(Format, "intended_ns", TraceUnit.Nanoseconds)
            : first.Has("intended_s") ? new TraceLayout(Format, "intended_s", TraceUnit.Seconds)
            : first.Has("arrival_s") ? new TraceLayout(Format, "arrival_s", TraceUnit.Seconds)
            : null;
        return layout is not null && s_jobs.Any(first.Has) ? layout with { Job = Job } : layout;
    }

    private static TraceJob Job(TraceFields row) => new()
    {
        Tenant = row.Word("tenant"),
        Tier = row.Word("tier"),
        Model = row.Word("model"),
        Prompt = row.Prompt("prompt"),
        Width = row.Whole("width"),
        Height = row.Whole("height"),
        Frames = row.Whole("frames"),
        Steps = row.Whole("steps"),
        Guidance = row.Number("guidance"),
        Quality = row.Word("quality"),
        CallSeed = row.Long("call_seed"),
        Deadline = (row.Time("deadline_ns", TraceUnit.Nanoseconds) ?? row.Time("deadline_s", TraceUnit.Seconds)) is { } deadline ? new Duration(deadline) : null,
        Patience = row.Time("patience_ns", TraceUnit.Nanoseconds) is { } patience ? new Duration(patience) : null,
    };
}
