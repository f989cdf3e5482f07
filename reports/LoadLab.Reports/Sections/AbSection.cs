using LoadLab.Planning;

namespace LoadLab.Reports;

/// <summary>Two policies on the same arrivals on the page.</summary>
internal static class AbSection
{
    public static void Add(HtmlPage page, AbReport ab)
    {
        page.Evidence(ab.Evidence, ab.Wording);
        page.Table(
            ["figure", $"A: {ab.A}", $"B: {ab.B}", "A − B, 95 % paired", "half-width unpaired", "verdict"],
            ab.Metrics.Select(metric => (IReadOnlyList<string>)
            [
                $"{metric.Name}, {metric.Unit}",
                Figure(metric.A),
                Figure(metric.B),
                metric.Paired is { } paired ? $"{Show.Number(paired.Difference)} ± {Show.Number(paired.HalfWidth)}" : metric.By,
                metric.Paired is { } pair ? $"± {Show.Number(pair.UnpairedHalfWidth)}" : "–",
                metric.Verdict,
            ]),
            text: [5]);
        page.Note("A − B below zero: A is lower. Each interval is 95 % by itself; together they are less sure.");
        if (ab.Assumptions.Count > 0)
        {
            page.Note("Assumed for want of knowledge:");
            page.Items(ab.Assumptions);
        }

        page.Plot(new SvgPlot
        {
            Title = "p95 latency of each seed: the same arrivals under both rules",
            XLabel = "seed, number",
            YLabel = "p95 latency, s",
            WholeX = true,
            XRange = (0.5, ab.PerSeed.Count + 0.5),
            Height = 170,
            Series =
            [
                new PlotSeries($"A: {ab.A}", Mark.Points, Numbers(ab), [.. ab.PerSeed.Select(row => row.A.P95Seconds)]),
                new PlotSeries($"B: {ab.B}", Mark.Points, Numbers(ab), [.. ab.PerSeed.Select(row => row.B.P95Seconds)]),
            ],
        });
        if (ab.PerSeed.Any(row => !double.IsFinite(row.A.P95Seconds) || !double.IsFinite(row.B.P95Seconds)))
        {
            page.Note("A p95 that is infinite, because too many calls did not complete, is not drawn.");
        }

        page.Note($"Price: {ab.PriceLabel}");
    }

    private static double[] Numbers(AbReport ab) => [.. Enumerable.Range(1, ab.PerSeed.Count).Select(i => (double)i)];

    private static string Figure(Figure figure) => figure.Value is { } value ? Show.Number(value) : figure.Why ?? "–";
}
