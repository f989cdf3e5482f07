using LoadLab.Core.Runs;

namespace LoadLab.Reports;

/// <summary>What a Prometheus server knew of the service meanwhile: utilisation, memory, power, queue, replicas and what else was asked for, with how much of it was missed.</summary>
internal static class ObservedSection
{
    private const int MostSeries = 12;
    private const double Mebibyte = 1 << 20;
    private static readonly (string Metric, string Title, string Unit, double Divisor)[] s_known =
    [
        ("gpu.util", "GPU utilisation, observed", "% kernel-active", 1),
        ("gpu.mem", "GPU memory, observed", "MiB", Mebibyte),
        ("gpu.power", "GPU power, observed", "W", 1),
        ("queue", "Queue, observed", "waiting jobs", 1),
        ("replicas", "Replicas, observed", "replicas", 1),
    ];

    public static void Add(HtmlPage page, IReadOnlyList<Sample> samples, TimeAxis time)
    {
        var remote = samples.Where(sample => sample.Source == "remote").ToList();
        var groups = remote.Where(sample => !IsAccount(sample.Metric)).GroupBy(sample => Meaning(sample.Metric)).OrderBy(group => Rank(group.Key)).ThenBy(group => group.Key, StringComparer.Ordinal).ToList();
        foreach (var group in groups)
        {
            AddPlot(page, group.Key, [.. group], time);
        }

        if (remote.Any(sample => IsAccount(sample.Metric)))
        {
            page.Note($"Observed through Prometheus, times brought to the run's clock. {string.Join(" ", remote.Select(sample => Query(sample.Metric)).OfType<string>().Distinct().Order(StringComparer.Ordinal).Select(query => Account(remote, query)))}");
        }
    }

    private static void AddPlot(HtmlPage page, string meaning, List<Sample> samples, TimeAxis time)
    {
        var known = s_known.FirstOrDefault(entry => entry.Metric == meaning);
        var divisor = known.Metric is null ? 1 : known.Divisor;
        var series = samples.GroupBy(sample => sample.Metric).OrderBy(rows => rows.Key, StringComparer.Ordinal).ToList();

        // What a round missed is written after the run: rows are not in order of time.
        page.Plot(new SvgPlot
        {
            Title = known.Title ?? $"{meaning}, observed",
            XLabel = time.Label,
            YLabel = known.Unit ?? samples[0].Unit,
            XRange = time.Range,
            WholeY = meaning is "queue" or "replicas",
            Series =
            [
                .. series.Take(MostSeries).Select(rows => rows.OrderBy(sample => sample.At).ToList()).Select(rows => new PlotSeries(
                    Label(rows[0].Metric), Mark.Step, time.Of(rows.Select(sample => sample.At.Seconds)), [.. rows.Select(sample => sample.Value / divisor)])),
            ],
        });
        if (series.Count > MostSeries)
        {
            page.Note($"{series.Count - MostSeries} more series of {meaning} are in {SamplesFile.Name}.");
        }
    }

    private static string Account(IReadOnlyList<Sample> remote, string query)
    {
        double Of(string what) => remote.LastOrDefault(sample => sample.Metric == $"observe.{what}/{query}").Value;
        return Show.Inv($"{query}: {Of("rounds"):0} rounds every {Of("interval"):0.###} s, {Of("missed"):0} missed, {Of("filled"):0} filled afterwards.");
    }

    private static bool IsAccount(string metric) => metric.StartsWith("observe.", StringComparison.Ordinal);

    /// <summary>The query that an account is of; null for a sample.</summary>
    private static string? Query(string metric) => IsAccount(metric) && metric.IndexOf('/', StringComparison.Ordinal) is > 0 and var at ? metric[(at + 1)..] : null;

    /// <summary>gpu.util of gpu.util#2/pod=a,gpu=0.</summary>
    private static string Meaning(string metric) => metric.AsSpan().IndexOfAny('#', '/') is >= 0 and var at ? metric[..at] : metric;

    private static string Label(string metric) => metric.IndexOf('/', StringComparison.Ordinal) is >= 0 and var at ? metric[(at + 1)..] : metric;

    private static int Rank(string meaning) => Array.FindIndex(s_known, entry => entry.Metric == meaning) is >= 0 and var at ? at : s_known.Length;
}
