using System.Globalization;
using LoadLab.Core;
using LoadLab.Core.Input;
using Calendar = LoadLab.Core.Calendar;

namespace LoadLab.Workload;

/// <summary>What a scenario says of its load: the fields name, seed, calendar and workload, checked.</summary>
public sealed record WorkloadOptions
{
    /// <summary>Most calls of one schedule: it is held in memory whole.</summary>
    public const int MaxCalls = 16_000_000;

    /// <summary>Most calls that a scenario may ask for by their number: of a closed loop, of iterations.</summary>
    internal const int MaxCounted = 2_000_000;

    public required string Name { get; init; }

    /// <summary>Of the run. Shapes that need chance and sources were drawn by it when they were bound: another seed means binding again.</summary>
    public Seed Seed { get; init; }

    public Calendar Calendar { get; init; } = Calendar.Default;

    /// <summary>Length of the load; no call is intended at or after it. The longest there is for a closed load that only its calls end.</summary>
    public required Duration Length { get; init; }

    /// <summary>Where planned calls come from, one source or several merged; none when a trace or a closed loop gives the calls.</summary>
    public IReadOnlyList<LoadSource> Sources { get; init; } = [];

    /// <summary>The planned rate of all sources together; null without sources.</summary>
    public RateCurve? Arrivals { get; init; }

    public TraceReplay? Trace { get; init; }

    /// <summary>Users who wait for each answer; null for an open load, whose times are planned.</summary>
    public ClosedLoop? Closed { get; init; }

    /// <summary>What calls ask for, but for those of a source with jobs of its own.</summary>
    public IReadOnlyList<JobTemplate> Jobs { get; init; } = [new JobTemplate()];

    /// <summary>Who asks where a job names no tenant; null = nobody is named.</summary>
    public TenantOptions? Tenants { get; init; }

    public PromptOptions Prompts { get; init; } = new();

    /// <summary>Longest load and longest deadline: 366 days.</summary>
    internal static Duration Longest { get; } = Duration.FromSeconds(366 * 86400.0);

    /// <summary>Reads its fields of the root and adds every problem it finds. With problems the result is incomplete and must not be used.</summary>
    /// <param name="root">Of a scenario file.</param>
    /// <param name="replaced">Taken instead of the file's seed.</param>
    public static WorkloadOptions Bind(Section root, Seed? replaced = null)
    {
        var name = root.RequiredText("name");
        var seed = root.Value("seed", text => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : (ulong?)null, _ => true, "a whole number from 0", "42") ?? 0;
        var calendar = Calendar.Bind(root);
        root.Require("workload", "at least duration and arrivals, or a trace");
        var options = new WorkloadOptions { Name = name, Seed = replaced ?? new Seed(seed), Calendar = calendar, Length = Duration.FromSeconds(60) };
        return root.Child("workload") is { } workload ? BindWorkload(workload, options) : options;
    }

    private static WorkloadOptions BindWorkload(Section workload, WorkloadOptions options)
    {
        var duration = workload.PositiveTime("duration", Longest);
        options = options with { Jobs = JobBinder.Bind(workload), Tenants = TenantOptions.Bind(workload), Prompts = PromptOptions.Bind(workload) };
        options = workload.Has("trace") ? BindTrace(workload, options, duration)
            : workload.Has("closed") && !workload.Has("arrivals") && !workload.Has("merge") ? BindClosed(workload, options, duration)
            : BindShapes(workload, options, duration);
        workload.Close();
        return options;
    }

    private static WorkloadOptions BindClosed(Section workload, WorkloadOptions options, Duration? duration)
    {
        foreach (var field in new[] { "process", "scale" })
        {
            workload.Refuse(field, "stands beside closed, whose users call when they have their answer", $"keep closed or {field}");
        }

        var closed = workload.Child("closed") is { } section ? ClosedLoop.Bind(section, duration) : null;
        return options with { Closed = closed, Length = duration ?? Longest };
    }

    private static WorkloadOptions BindTrace(Section workload, WorkloadOptions options, Duration? duration)
    {
        foreach (var field in new[] { "arrivals", "closed", "merge", "process", "scale" })
        {
            workload.Refuse(field, "stands beside trace, which gives the arrivals", $"keep trace or {field}");
        }

        var trace = workload.Child("trace") is { } section ? TraceReplay.Bind(section) : null;
        var length = trace?.Length ?? options.Length;
        return options with { Trace = trace, Length = duration is { } shorter && shorter < length ? shorter : length };
    }

    private static WorkloadOptions BindShapes(Section workload, WorkloadOptions options, Duration? duration)
    {
        workload.Refuse("closed", "stands beside arrivals, which do not wait for answers", "keep arrivals or closed");
        workload.Require("duration", "how long the load lasts, for example 60s");
        var length = duration ?? options.Length;
        CheckCalendar(workload, options.Calendar, length);
        var before = workload.Problems.All.Count;
        var binder = new SourceBinder(options.Calendar, length, duration ?? Longest);
        var sources = workload.Has("merge") ? BindMerged(workload, binder, options) : [BindOne(workload, binder, options)];
        var curve = sources is [var only] ? only.Arrivals : RateCurve.Sum(length.Seconds, [.. sources.Select(source => source.Arrivals.Segments)]);
        if (workload.Problems.All.Count == before && duration is not null)
        {
            CheckCount(workload, workload.Has("merge") ? "merge" : "arrivals", curve.Total);
        }

        return options with { Length = length, Sources = sources, Arrivals = curve };
    }

    private static LoadSource BindOne(Section workload, SourceBinder binder, WorkloadOptions options)
    {
        workload.Find("merge");
        return binder.Bind(workload, options.Seed, options.Jobs);
    }

    private static IReadOnlyList<LoadSource> BindMerged(Section workload, SourceBinder binder, WorkloadOptions options)
    {
        foreach (var field in new[] { "arrivals", "process", "scale" })
        {
            workload.Refuse(field, "stands beside merge, whose sources bring their own", "write it into a source of merge");
        }

        return binder.BindAll(workload, options.Seed, options.Jobs);
    }

    private static void CheckCalendar(Section workload, Calendar calendar, Duration length)
    {
        const double Millennium = 1000 * 366 * 86400.0;
        if (length.Seconds * calendar.Compress > Millennium)
        {
            workload.Problems.Add(workload.Node, workload.PathOf("duration"), null, "lets more than a thousand years pass by the calendar", "lower calendar.compress or the duration");
        }
    }

    private static void CheckCount(Section workload, string field, double expected)
    {
        if (expected is > 0 and <= MaxCalls)
        {
            return;
        }

        workload.Problems.Add(workload.Find(field)!, workload.PathOf(field), null, string.Create(CultureInfo.InvariantCulture, $"asks for {expected:0} calls"), $"change rates or duration: above 0 and at most {MaxCalls} calls");
    }
}
