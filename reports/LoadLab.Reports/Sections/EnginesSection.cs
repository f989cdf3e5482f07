using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Reports;

/// <summary>Load engines beside each other: how exactly each sent the same schedule. There only where runs of one schedule were played by different engines.</summary>
internal static class EnginesSection
{
    private const int CurvePoints = 200;

    public static void Add(HtmlPage page, IReadOnlyList<RunFolder> runs)
    {
        var played = runs.Select(run => (Run: run, Manifest: run.ReadManifest())).Where(run => run.Manifest.Evidence != "simulated").GroupBy(run => run.Manifest.ScheduleSha256, StringComparer.Ordinal);
        foreach (var schedule in played.Where(schedule => schedule.Select(run => EngineOf(run.Manifest)).Distinct(StringComparer.Ordinal).Count() > 1))
        {
            page.Section("The same schedule by different load engines");
            Add(page, schedule.Key, [.. schedule.Select(run => EngineRun.Of(EngineOf(run.Manifest), run.Run.ReadCalls()))]);
        }
    }

    /// <summary>From the parts that a run names first: <c>engine own · …</c>.</summary>
    internal static string EngineOf(RunManifest manifest)
    {
        var first = manifest.Parts.Split(" · ")[0];
        return first.StartsWith("engine ", StringComparison.Ordinal) ? first[7..] : "unknown";
    }

    private static void Add(HtmlPage page, string schedule, IReadOnlyList<EngineRun> engines)
    {
        page.Note($"Schedule {schedule[..Math.Min(12, schedule.Length)]}. Lateness is sent − intended, over the calls sent. CV: the standard deviation of the gaps between calls over their mean; as sent it should be that of the plan.");
        page.Table(
            ["engine", "sent / planned", "lateness p50", "lateness p99", "lateness max", "gaps' CV, planned", "gaps' CV, sent"],
            engines.Select(engine => (IReadOnlyList<string>)
            [
                engine.Name,
                $"{engine.LatenessMs.Count} / {engine.Planned}",
                Lateness(engine, 0.5),
                Lateness(engine, 0.99),
                Lateness(engine, 1),
                Show.Inv($"{engine.PlannedGapCv:0.000}"),
                Show.Inv($"{engine.SentGapCv:0.000}"),
            ]));
        var reach = engines.Max(engine => Percentile.OfSorted(engine.LatenessMs, 0.99));
        page.Plot(new SvgPlot
        {
            Title = "Lateness distribution of each engine, up to the largest p99",
            XLabel = "lateness, ms",
            YLabel = "share of sent",
            XRange = (0, reach > 0 ? reach : 1),
            YHigh = 1,
            Height = 180,
            Series = [.. engines.Select(Curve)],
        });
    }

    private static string Lateness(EngineRun engine, double share) => Show.Seconds(Percentile.OfSorted(engine.LatenessMs, share) / 1e3);

    private static PlotSeries Curve(EngineRun engine)
    {
        double[] shares = engine.LatenessMs.Count == 0 ? [] : [.. Enumerable.Range(1, CurvePoints).Select(i => (double)i / CurvePoints)];
        return new PlotSeries(engine.Name, Mark.Step, [.. shares.Select(share => Math.Max(0, Percentile.OfSorted(engine.LatenessMs, share)))], shares);
    }

    /// <param name="Name">Of the engine, with its version.</param>
    /// <param name="Planned">Calls.</param>
    /// <param name="LatenessMs">Of the calls sent, ascending.</param>
    private sealed record EngineRun(string Name, int Planned, IReadOnlyList<double> LatenessMs, double PlannedGapCv, double SentGapCv)
    {
        public static EngineRun Of(string name, IReadOnlyList<CallRecord> calls) => new(
            name,
            calls.Count,
            [.. calls.Where(call => call.Lateness is not null).Select(call => call.Lateness!.Value.Milliseconds).Order()],
            GapCv(calls.Where(call => call.Sent is not null).Select(call => call.Intended.Seconds)),
            GapCv(calls.Where(call => call.Sent is not null).Select(call => call.Sent!.Value.Seconds)));

        private static double GapCv(IEnumerable<double> times)
        {
            var sorted = times.Order().ToList();
            var gaps = sorted.Zip(sorted.Skip(1), (before, after) => after - before).ToList();
            var mean = gaps.Count > 0 ? gaps.Average() : 0;
            return mean > 0 ? Math.Sqrt(gaps.Average(gap => (gap - mean) * (gap - mean))) / mean : double.NaN;
        }
    }
}
