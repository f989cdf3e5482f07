using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Reports;

/// <summary>The plots made of the calls of a run, all over its one time axis.</summary>
internal static class CallPlots
{
    private const int Bins = 60;

    public static SvgPlot Arrivals(IReadOnlyList<CallRecord> calls, TimeAxis time)
    {
        var bin = time.EndSeconds / Bins;
        double[] starts = [.. Enumerable.Range(0, Bins).Select(i => i * bin)];
        var sent = Rates(calls.Where(call => call.Sent is not null).Select(call => call.Sent!.Value), bin);
        return new SvgPlot
        {
            Title = "Arrivals, planned and sent",
            XLabel = time.Label,
            YLabel = "calls / s",
            XRange = time.Range,
            Series =
            [
                new PlotSeries("planned", Mark.Bars, time.Of(starts), Rates(calls.Select(call => call.Intended), bin)),
                new PlotSeries("sent", Mark.Step, time.Of([.. starts, time.EndSeconds]), [.. sent, sent[^1]]),
            ],
        };
    }

    public static SvgPlot Latency(IReadOnlyList<CallRecord> calls, TimeAxis time)
    {
        var done = calls.Where(call => call.Latency is not null).ToList();
        var served = done.Where(call => call.Started is not null).ToList();
        var rest = calls.Where(call => call.Latency is null).ToList();
        return new SvgPlot
        {
            Title = "Latency of each call, at its intended time",
            XLabel = time.Label,
            YLabel = "latency, s",
            XRange = time.Range,
            Series =
            [
                new PlotSeries("latency, from the intended time", Mark.Points, Intended(done, time), [.. done.Select(call => call.Latency!.Value.Seconds)]),
                new PlotSeries("service time of the same call", Mark.Points, Intended(served, time), [.. served.Select(call => (call.Completed - call.Started)!.Value.Seconds)]),
                new PlotSeries("did not complete (drawn at zero)", Mark.Points, Intended(rest, time), [.. rest.Select(_ => 0.0)]),
                .. calls.Count > Thinning.MostPoints ? Percentiles(calls, time) : [],
            ],
        };
    }

    public static SvgPlot Distribution(IReadOnlyList<CallRecord> calls)
    {
        var latencies = calls.Where(call => call.Latency is not null).Select(call => call.Latency!.Value.Seconds).Order().ToList();
        return new SvgPlot
        {
            Title = "Latency distribution over planned calls (one that did not complete never arrives)",
            XLabel = "latency, s",
            YLabel = "share of planned",
            YHigh = 1,
            Height = 180,
            Series = latencies.Count == 0 ? [] : [new PlotSeries("", Mark.Step, [0, .. latencies], [0, .. latencies.Select((_, i) => (i + 1.0) / calls.Count)])],
        };
    }

    public static SvgPlot Lateness(IReadOnlyList<CallRecord> calls, TimeAxis time)
    {
        var sent = calls.Where(call => call.Lateness is not null).ToList();
        return new SvgPlot
        {
            Title = "Lateness of the load engine: sent − intended",
            XLabel = time.Label,
            YLabel = "lateness, ms",
            XRange = time.Range,
            Height = 150,
            Series = [new PlotSeries("", Mark.Points, Intended(sent, time), [.. sent.Select(call => call.Lateness!.Value.Milliseconds)])],
        };
    }

    /// <summary>Where dots cover each other, the percentiles of the calls planned in each slice of time. A call that did not complete is infinite: where too many are, the line breaks.</summary>
    private static IEnumerable<PlotSeries> Percentiles(IReadOnlyList<CallRecord> calls, TimeAxis time)
    {
        var bin = time.EndSeconds / Bins;
        var slices = calls.ToLookup(call => SliceOf(call.Intended, bin), call => call.Latency?.Seconds ?? double.PositiveInfinity);
        foreach (var (name, share) in new[] { ("p50 of each slice of time", 0.5), ("p95 of each slice of time", 0.95) })
        {
            double[] values = [.. Enumerable.Range(0, Bins).Select(i => Percentile.Of(slices[i], share))];
            yield return new PlotSeries(name, Mark.Step, time.Of(Enumerable.Range(0, Bins + 1).Select(i => i * bin)), [.. values, values[^1]]);
        }
    }

    private static int SliceOf(Instant at, double bin) => Math.Clamp((int)(at.Seconds / bin), 0, Bins - 1);

    private static double[] Intended(IEnumerable<CallRecord> calls, TimeAxis time) => time.Of(calls.Select(call => call.Intended.Seconds));

    private static double[] Rates(IEnumerable<Instant> times, double bin)
    {
        var counts = new double[Bins];
        foreach (var time in times)
        {
            counts[SliceOf(time, bin)]++;
        }

        return [.. counts.Select(count => count / bin)];
    }
}
