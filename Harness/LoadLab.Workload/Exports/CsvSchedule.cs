using LoadLab.Core.Runs;

namespace LoadLab.Workload;

/// <summary>A schedule as a trace in LoadLab's own form.</summary>
internal static class CsvSchedule
{
    public static Trace Of(Schedule schedule) => new()
    {
        File = "",
        Format = TraceFormat.LoadLab,
        Rows = [.. schedule.Calls.Select(call => new TraceRow(call.Intended.Nanoseconds, call.Index, Job(call, schedule.PromptOf(call))))],
    };

    private static TraceJob Job(ScheduledCall call, string prompt) => new()
    {
        Tenant = call.Tenant,
        Tier = call.Tier,
        Model = call.Model,
        Prompt = prompt,
        Width = Count(call.Width),
        Height = Count(call.Height),
        Frames = Count(call.Frames),
        Steps = Count(call.Steps),
        Guidance = call.Guidance,
        Quality = call.Quality,
        CallSeed = call.CallSeed,
        Deadline = call.Deadline,
        Patience = call.Patience,
    };

    private static int? Count(int value) => value > 0 ? value : null;
}
