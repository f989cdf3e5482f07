using System.Globalization;
using LoadLab.Core;
using LoadLab.Core.Input;

namespace LoadLab.Workload;

/// <summary>A part of a trace as the arrivals of a run.</summary>
public sealed record TraceReplay
{
    public required Trace Trace { get; init; }

    /// <summary>First instant of the trace that is played; becomes instant zero of the run.</summary>
    public Duration From { get; init; }

    /// <summary>End of the part that is played, not included.</summary>
    public required Duration To { get; init; }

    /// <summary>Multiplies time: 0.1 plays ten times as fast.</summary>
    public double TimeScale { get; init; } = 1;

    /// <summary>Share of the arrivals that are kept, each by its own draw; at most 1, for a trace holds no arrivals beyond its own. Rates that arrivals are drawn from are multiplied by it.</summary>
    public double RateScale { get; init; } = 1;

    /// <summary>Whether what a row says of its job wins over the mix.</summary>
    public bool JobsFromTrace { get; init; }

    /// <summary>Length of the played part on the run's clock.</summary>
    public Duration Length => (To - From) * TimeScale;

    /// <summary>Where the arrivals come from and what was done to them, in a line.</summary>
    public string Describe() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Path.GetFileName(Trace.File)} ({Trace.WordOf(Trace.Format)}{(Trace.Synthetic || Trace.Rates is not null ? ", synthetic" : "")}), {From.Seconds:0.###} to {To.Seconds:0.###} s, time x {TimeScale:0.######}, {RateScale:0.##%} of the arrivals, jobs from the {(JobsFromTrace ? "trace" : "mix")}");

    /// <summary>The kept arrivals: (trace time - From) x TimeScale to the nearest nanosecond, in trace order.</summary>
    public IEnumerable<(Instant At, TraceJob? Job)> Arrivals(RandomStream thinning)
    {
        // Rounding to nanoseconds could reach the end, which belongs to no call.
        var last = new Instant(Length.Nanoseconds - 1);
        foreach (var row in Kept(thinning))
        {
            var at = Scaled(row.ArrivalNs - From.Nanoseconds);
            yield return (at < last ? at : last, JobsFromTrace ? row.Job : null);
        }
    }

    /// <summary>The rows of the window that are kept, on the trace's own clock.</summary>
    internal IEnumerable<TraceRow> Kept(RandomStream thinning)
    {
        if (Trace.Rates is { } rates)
        {
            return rates.Draw(Trace.File, new Seed(thinning.NextUInt64()), From, To, RateScale);
        }

        return Trace.Rows.SkipWhile(row => row.ArrivalNs < From.Nanoseconds).TakeWhile(row => row.ArrivalNs < To.Nanoseconds)
            .Where(_ => RateScale >= 1 || thinning.NextDouble() < RateScale);
    }

    internal static TraceReplay? Bind(Section section)
    {
        var before = section.Problems.All.Count;
        var file = section.RequiredText("file");
        var reading = Reading(section);
        var window = section.Value("window", ParseWindow, _ => true, "a window", "0..10m");
        var timeScale = section.Value("timeScale", Quantity.Number, scale => scale is >= 1e-6 and <= 1e6, "a number from 0.000001 to 1000000", "0.1") ?? 1;
        var rateScale = section.Value("rateScale", Quantity.Number, scale => scale is > 0 and <= 1, "a share above 0 and at most 1 (a trace can be thinned, not multiplied)", "0.5") ?? 1;
        var fromTrace = section.Choice("shapes", false, ("mix", false), ("trace", true));
        section.Close();
        if (file.Length == 0 || Read(section, file, reading) is not { } trace || section.Problems.All.Count > before)
        {
            return null;
        }

        var (from, to) = window ?? (Duration.Zero, trace.End);
        var replay = new TraceReplay { Trace = trace, From = from, To = to, TimeScale = timeScale, RateScale = rateScale, JobsFromTrace = fromTrace };
        replay.Check(section);
        return replay;
    }

    private void Check(Section section)
    {
        if (JobsFromTrace && !Trace.HasJobs)
        {
            section.Problems.Add(section.Find("shapes")!, section.PathOf("shapes"), "trace", $"cannot be: {Trace.WordOf(Trace.Format)} says nothing of a job's shape", "write mix");
        }

        if (Trace.Rates is { } rates)
        {
            CheckCount(section, rates.Expected(From, To, RateScale));
        }
        else if (!Trace.Rows.Any(row => row.ArrivalNs >= From.Nanoseconds && row.ArrivalNs < To.Nanoseconds))
        {
            section.Problems.Add(section.Find("window") ?? section.Node, section.PathOf("window"), $"{From}s..{To}s", "holds no arrival", $"the trace goes from {new Duration(Trace.Rows[0].ArrivalNs)} s to {new Duration(Trace.Rows[^1].ArrivalNs)} s");
        }

        if (Length <= Duration.Zero || Length > WorkloadOptions.Longest)
        {
            section.Problems.Add(section.Find("timeScale") ?? section.Node, section.PathOf("timeScale"), null, $"makes the load {Length} s long", "above 0 and at most 366 days");
        }
    }

    private void CheckCount(Section section, double expected)
    {
        if (expected is < 1 or > WorkloadOptions.MaxCalls)
        {
            var told = string.Create(CultureInfo.InvariantCulture, $"brings {expected:0} calls");
            section.Problems.Add(section.Find("window") ?? section.Node, section.PathOf("window"), $"{From}s..{To}s", told, $"take another window or rateScale: 1 to {WorkloadOptions.MaxCalls} calls; the trace goes to {Trace.End} s");
        }
    }

    private static TraceReading Reading(Section section)
    {
        if (section.Find("format") is MappingNode)
        {
            section.Refuse("unit", "stands beside format.columns, which has a unit of its own", "keep that one");
        }

        return new TraceReading
        {
            Format = section.Find("format") is MappingNode ? null : section.Choice<TraceFormat?>("format", null, [.. TraceReader.Formats.Select(format => (format.Word, (TraceFormat?)format.Format))]),
            Columns = section.Find("format") is MappingNode ? Columns(section.Child("format")!) : null,
            Unit = section.Choice<TraceUnit?>("unit", null, [.. TraceUnits.All.Select(unit => (unit.Word, (TraceUnit?)unit.Unit))]),
            MaxMalformedShare = section.Number("maxMalformed", TraceReading.DefaultMalformedShare, 0, 1, "0.01"),
        };
    }

    private static TraceColumnMap? Columns(Section format)
    {
        format.Require("columns", "which column holds what: { arrival: Timestamp, unit: ms }");
        var map = format.Child("columns") is { } columns ? TraceColumnMap.Bind(columns) : null;
        format.Close();
        return map;
    }

    private static Trace? Read(Section section, string file, TraceReading reading)
    {
        try
        {
            return TraceReader.Read(section.Resolve(file), reading);
        }
        catch (InputException e)
        {
            section.Problems.Add(section.Find("file")!, section.PathOf("file"), file, "cannot be used", "see what is told of that file");
            foreach (var problem in e.Problems)
            {
                section.Problems.Add(problem);
            }

            return null;
        }
    }

    /// <summary>A part of a trace as people write it: 0..10m. Null for anything else.</summary>
    public static (Duration From, Duration To)? ParseWindow(string text)
    {
        var dots = text.IndexOf("..", StringComparison.Ordinal);
        return dots > 0 && Quantity.Time(text[..dots].Trim()) is { } from && Quantity.Time(text[(dots + 2)..].Trim()) is { } to && from < to ? (from, to) : null;
    }

    private Instant Scaled(long nanoseconds) => new(TimeScale == 1 ? nanoseconds : (long)Math.Round(nanoseconds * TimeScale));
}
