using System.Globalization;
using LoadLab.Core;
using LoadLab.Core.Input;

namespace LoadLab.Workload;

/// <summary>A stretch without arrivals.</summary>
/// <param name="From">Time of the arrival before it, from the trace's zero.</param>
/// <param name="Length">Until the next arrival.</param>
public sealed record QuietGap(Duration From, Duration Length);

/// <summary>What a trace holds: the figures that tell whether it is what one thinks, and what a generator would have to reproduce.</summary>
public sealed record TraceInspection
{
    private const int LongestGaps = 5;
    private const double Hour = 3600;
    private const double CorrelationWindow = 600;

    private static readonly double[] s_windows = [1, 60, 600, Hour];

    public required string File { get; init; }

    public required string Format { get; init; }

    /// <summary>What its times were taken to count in.</summary>
    public required string Unit { get; init; }

    /// <summary>Where it was published and under which terms, when its import knew.</summary>
    public string? Source { get; init; }

    public string? Licence { get; init; }

    /// <summary>What was done to it since.</summary>
    public required IReadOnlyList<string> Transformations { get; init; }

    /// <summary>Whether its arrivals were drawn from rates or counts.</summary>
    public required bool Synthetic { get; init; }

    public required int Rows { get; init; }

    /// <summary>Wall-clock time of zero, when the trace has one.</summary>
    public DateTimeOffset? Zero { get; init; }

    /// <summary>From the first arrival to the last.</summary>
    public required Duration Span { get; init; }

    /// <summary>Arrivals per second over the span; null when all come at one instant.</summary>
    public double? MeanRate { get; init; }

    /// <summary>Standard deviation of the gaps between arrivals over their mean; 1 for Poisson arrivals of constant rate.</summary>
    public double? GapCv { get; init; }

    /// <summary>Largest unit that divides every arrival time: how coarse the stamps are.</summary>
    public required Duration Resolution { get; init; }

    /// <summary>Arrivals at the same time as the one before.</summary>
    public required int Ties { get; init; }

    public required int Malformed { get; init; }

    public required IReadOnlyList<Problem> MalformedExamples { get; init; }

    public required int OutOfOrder { get; init; }

    /// <summary>At 1 s, 60 s, 600 s and 1 h, where the span allows.</summary>
    public required IReadOnlyList<CountStatistics> Counts { get; init; }

    /// <summary>Stretches without data, which is not silence: nothing is known of them.</summary>
    public required IReadOnlyList<TraceGap> Gaps { get; init; }

    /// <summary>The longest stretches without arrivals, longest first; those of <see cref="Gaps"/> are not among them.</summary>
    public required IReadOnlyList<QuietGap> QuietGaps { get; init; }

    /// <summary>Share of the arrivals in each of 24 hours: of the day where the trace has a wall clock, otherwise counted from its zero. Empty below one day.</summary>
    public required IReadOnlyList<double> HourShares { get; init; }

    /// <summary>Of the counts of ten minutes, a day apart; null below a day and a half.</summary>
    public double? AutocorrelationAt24Hours { get; init; }

    public double? AutocorrelationAt7Days { get; init; }

    /// <summary>What looks wrong; empty when nothing does.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>Figures of a trace that holds arrivals: one of rates is drawn first.</summary>
    public static TraceInspection Of(Trace trace)
    {
        if (trace.Rates is not null)
        {
            throw new ArgumentException("a trace of rates holds no arrivals until they are drawn", nameof(trace));
        }

        var rows = trace.Rows;
        var span = new Duration(rows[^1].ArrivalNs - rows[0].ArrivalNs);
        var inspection = new TraceInspection
        {
            File = trace.File,
            Format = Trace.WordOf(trace.Format),
            Unit = TraceUnits.WordOf(trace.Unit),
            Source = trace.Origin?.Source,
            Licence = trace.Origin?.Licence,
            Transformations = trace.Transformations,
            Synthetic = trace.Synthetic,
            Rows = rows.Count,
            Zero = trace.Zero,
            Span = span,
            MeanRate = span > Duration.Zero ? rows.Count / span.Seconds : null,
            GapCv = CvOfGaps(rows, span),
            Resolution = new Duration(rows.Aggregate(0L, (unit, row) => CommonDivisor(unit, row.ArrivalNs))),
            Ties = rows.Skip(1).Where((row, i) => row.ArrivalNs == rows[i].ArrivalNs).Count(),
            Malformed = trace.Malformed,
            MalformedExamples = trace.MalformedExamples,
            OutOfOrder = trace.OutOfOrder,
            Counts = [.. s_windows.Select(width => CountStatistics.Of(rows, width)).OfType<CountStatistics>()],
            Gaps = trace.Gaps,
            QuietGaps = [.. Quiet(trace).OrderByDescending(gap => gap.Length).Take(LongestGaps)],
            HourShares = span.Seconds >= 24 * Hour ? HoursOf(trace) : [],
            AutocorrelationAt24Hours = CountStatistics.Autocorrelation(rows, CorrelationWindow, 24 * Hour),
            AutocorrelationAt7Days = CountStatistics.Autocorrelation(rows, CorrelationWindow, 7 * 24 * Hour),
            Warnings = [],
        };
        return inspection with { Warnings = [.. TraceWarnings.Of(inspection, trace)] };
    }

    /// <summary>Stretches between arrivals that no stretch without data explains.</summary>
    private static IEnumerable<QuietGap> Quiet(Trace trace)
    {
        var known = 0;
        for (var i = 1; i < trace.Rows.Count; i++)
        {
            var (from, to) = (trace.Rows[i - 1].ArrivalNs, trace.Rows[i].ArrivalNs);
            while (known < trace.Gaps.Count && trace.Gaps[known].EndNs <= from)
            {
                known++;
            }

            if (known == trace.Gaps.Count || trace.Gaps[known].From.Nanoseconds >= to)
            {
                yield return new QuietGap(new Duration(from), new Duration(to - from));
            }
        }
    }

    private static double? CvOfGaps(IReadOnlyList<TraceRow> rows, Duration span)
    {
        if (rows.Count < 3 || span <= Duration.Zero)
        {
            return null;
        }

        var mean = span.Seconds / (rows.Count - 1);
        var variance = Enumerable.Range(1, rows.Count - 1).Average(i => Math.Pow(((rows[i].ArrivalNs - rows[i - 1].ArrivalNs) / 1e9) - mean, 2));
        return Math.Sqrt(variance) / mean;
    }

    private static long CommonDivisor(long a, long b)
    {
        while (b != 0)
        {
            (a, b) = (b, a % b);
        }

        return a;
    }

    private static double[] HoursOf(Trace trace)
    {
        var offset = trace.Zero?.TimeOfDay.TotalSeconds ?? 0;
        var counts = new double[24];
        foreach (var row in trace.Rows)
        {
            counts[(int)(((row.ArrivalNs / 1e9) + offset) / Hour % 24)]++;
        }

        return [.. counts.Select(count => count / trace.Rows.Count)];
    }

    /// <summary>Name and value of each figure, for people.</summary>
    public IReadOnlyList<(string Name, string Value)> Describe()
    {
        var lines = new List<(string Name, string Value)>
        {
            ("format", Synthetic ? $"{Format}, arrivals synthetic" : Format),
            ("unit", Unit),
            ("rows", Text($"{Rows}")),
            ("span", Text($"{Span.Seconds:0.###} s ({Span.Seconds / Hour:0.##} h)")),
            ("mean rate", MeanRate is { } rate ? Text($"{rate:0.####}/s") : "none: all at one instant"),
            ("gap CV", GapCv is { } cv ? Text($"{cv:0.00}") : "too few arrivals"),
        };
        lines.AddRange(Counts.Select(count => (Text($"counts in {count.WindowSeconds:0} s"), Text($"peak-to-mean {count.PeakToMean:0.00}, Fano {count.Fano:0.0} ({count.Windows} windows)"))));
        lines.Add(("time resolution", Text($"{Resolution.Seconds:0.#########} s")));
        lines.Add(("ties", Text($"{Ties}")));
        lines.Add(("malformed rows", Text($"{Malformed}")));
        lines.Add(("out of order", Text($"{OutOfOrder}")));
        lines.AddRange(Gaps.Take(1).Select(_ => ("without data", Text($"{Gaps.Count} stretches, {Gaps.Sum(gap => gap.Length.Seconds):0.###} s; the first {Gaps[0].Length.Seconds:0.###} s from {Gaps[0].From.Seconds:0.###} s: {Gaps[0].Reason}"))));
        lines.AddRange(QuietGaps.Take(1).Select(gap => ("longest quiet gap", Text($"{gap.Length.Seconds:0.###} s after {gap.From.Seconds:0.###} s"))));
        AddCycle(lines);
        lines.AddRange(new[] { ("source", Source ?? ""), ("licence", Licence ?? "") }.Where(line => line.Item2.Length > 0));
        lines.AddRange(Transformations.Select(done => ("done", done)));
        return lines;
    }

    private void AddCycle(List<(string Name, string Value)> lines)
    {
        if (HourShares.Count > 0)
        {
            lines.Add((Zero is null ? "share by hour from zero" : "share by hour of day", string.Join(' ', HourShares.Select(share => Text($"{share:0.0%}")))));
        }

        if (AutocorrelationAt24Hours is { } day)
        {
            lines.Add(("autocorrelation", Text($"{day:0.00} at 24 h") + (AutocorrelationAt7Days is { } week ? Text($", {week:0.00} at 7 d") : "")));
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
