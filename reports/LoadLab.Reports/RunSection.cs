using LoadLab.Core;
using LoadLab.Core.Runs;

namespace LoadLab.Reports;

/// <summary>One run on the page: what was planned and sent, what became of it, what the machine did meanwhile. Reads files only; works on a partial folder.</summary>
internal static class RunSection
{
    private static readonly (string Source, string Metric, string Name)[] s_shares =
    [
        ("replica0", "busy", "replica busy share"),
        ("server", "busy.share", "replica busy share"),
        ("host", "cpu.util", "host CPU"),
        ("server", "cpu.used", "server process CPU, cores"),
        ("engine", "cpu.used", "engine process CPU, cores"),
        ("gpu0", "kernel.active", "GPU kernel-active share"),
    ];

    private static readonly (string Source, string Metric, string Name)[] s_memory =
    [
        ("replica0", "arena.live", "arena live"),
        ("server", "memory.resident", "server resident"),
        ("engine", "memory.resident", "engine resident"),
        ("gpu0", "memory.used", "GPU memory"),
    ];

    public static void Add(HtmlPage page, RunFolder folder)
    {
        var manifest = folder.ReadManifest();
        var calls = folder.ReadCalls();
        var samples = folder.ReadSamples();
        var end = End(calls, samples);
        page.Section($"Run: {manifest.Scenario}");
        page.Evidence(manifest.Evidence, Behind(manifest));
        if (manifest.Status == "running")
        {
            page.Warning("Partial: the process that recorded this run did not end it. What it had recorded is shown; calls without a row count as unfinished.");
        }

        if (manifest.Verdict is { } verdict)
        {
            page.Text(verdict);
        }

        page.Tiles(Tiles(manifest, calls));
        page.Plot(Arrivals(calls, end));
        page.Plot(Latency(calls, end));
        page.Plot(Distribution(calls));
        AddSampled(page, "Utilisation (each share has its own meaning; see the glossary)", "share", samples, s_shares, end);
        AddSampled(page, "Memory", "MiB", samples, s_memory, end);
        AddSampled(page, "Queue", "jobs", samples, [("server", "queue.length", "waiting jobs")], end);
        AddSampled(page, "Replicas", "replicas", samples, [("server", "replicas", "provisioned"), ("server", "replicas.busy", "busy")], end);
        if (calls.Any(call => call.Lateness is not null) && manifest.Evidence != "simulated")
        {
            page.Plot(Lateness(calls, end));
        }

        page.Heading("Outcomes");
        page.Table(["outcome", "reason", "calls"], calls.GroupBy(call => (call.Outcome, call.Reason)).OrderBy(group => group.Key.Outcome).ThenBy(group => group.Key.Reason, StringComparer.Ordinal)
            .Select(group => (IReadOnlyList<string>)[Words.Of(group.Key.Outcome), group.Key.Reason, Show.Number(group.Count())]));
        Stages(page, calls);
        page.Fold("Manifest", System.IO.File.ReadAllText(folder.File(RunManifest.Name)));
    }

    private static string Behind(RunManifest manifest) => manifest.Evidence switch
    {
        "simulated" => $"Behind these numbers stand {manifest.ProfileRealCalls} real calls of the profile; none of the {manifest.Planned} calls below ran on a device. {manifest.Parts}",
        _ => $"Behind these numbers stand {manifest.RealCalls} real calls on {manifest.Device}. {manifest.Parts}",
    };

    private static IEnumerable<(string Name, string Value, string Under)> Tiles(RunManifest manifest, IReadOnlyList<CallRecord> calls)
    {
        var completed = calls.Count(call => call.Outcome == Outcome.Completed);
        var latencies = calls.Select(call => call.Latency?.Seconds ?? double.PositiveInfinity).Order().ToList();
        yield return ("calls completed", $"{completed} / {calls.Count}", "of planned");
        foreach (var (name, share) in new[] { ("p50 latency", 0.5), ("p95 latency", 0.95), ("p99 latency", 0.99) })
        {
            yield return (name, Show.Seconds(Percentile.OfSorted(latencies, share)), $"over {calls.Count} planned calls");
        }

        if (manifest.Quality is { } quality)
        {
            yield return ("p99 lateness", Show.Seconds(quality.LatenessP99Ms / 1e3), $"gate {Show.Seconds(quality.LatenessGateMs / 1e3)}: {(quality.LatenessPassed ? "passed" : "failed")}");
        }
    }

    private static SvgPlot Arrivals(IReadOnlyList<CallRecord> calls, double end)
    {
        var bin = Math.Max(end / 60, 1e-6);
        double[] starts = [.. Enumerable.Range(0, 60).Select(i => i * bin)];
        double[] Count(IEnumerable<double> times)
        {
            var counts = new double[60];
            foreach (var time in times)
            {
                counts[Math.Clamp((int)(time / bin), 0, 59)]++;
            }

            return [.. counts.Select(count => count / bin)];
        }

        return new SvgPlot
        {
            Title = "Arrivals, planned and sent",
            XLabel = "time since the start of the run, s",
            YLabel = "calls / s",
            XRange = (0, end),
            Series =
            [
                new PlotSeries("planned", Mark.Bars, starts, Count(calls.Select(call => call.Intended.Seconds))),
                new PlotSeries("sent", Mark.Step, starts, Count(calls.Where(call => call.Sent is not null).Select(call => call.Sent!.Value.Seconds))),
            ],
        };
    }

    private static SvgPlot Latency(IReadOnlyList<CallRecord> calls, double end)
    {
        var done = calls.Where(call => call.Latency is not null).ToList();
        var rest = calls.Where(call => call.Latency is null).ToList();
        return new SvgPlot
        {
            Title = "Latency of each call, from its intended time",
            XLabel = "intended time, s",
            YLabel = "latency, s",
            XRange = (0, end),
            Series =
            [
                new PlotSeries("completed", Mark.Points, [.. done.Select(call => call.Intended.Seconds)], [.. done.Select(call => call.Latency!.Value.Seconds)]),
                new PlotSeries("service time of the same call", Mark.Points, [.. done.Where(HasService).Select(call => call.Intended.Seconds)], [.. done.Where(HasService).Select(call => (call.Completed - call.Started)!.Value.Seconds)]),
                new PlotSeries("did not complete (drawn at zero)", Mark.Points, [.. rest.Select(call => call.Intended.Seconds)], [.. rest.Select(_ => 0.0)]),
            ],
        };
    }

    private static bool HasService(CallRecord call) => call.Started is not null && call.Completed is not null;

    private static SvgPlot Distribution(IReadOnlyList<CallRecord> calls)
    {
        var latencies = calls.Where(call => call.Latency is not null).Select(call => call.Latency!.Value.Seconds).Order().ToList();
        return new SvgPlot
        {
            Title = "Latency distribution over planned calls (a call that did not complete never arrives)",
            XLabel = "latency, s",
            YLabel = "share of planned",
            YHigh = 1,
            Height = 180,
            Series = [new PlotSeries("cumulative", Mark.Step, [0, .. latencies], [0, .. latencies.Select((_, i) => (i + 1.0) / calls.Count)])],
        };
    }

    private static SvgPlot Lateness(IReadOnlyList<CallRecord> calls, double end)
    {
        var sent = calls.Where(call => call.Lateness is not null).ToList();
        return new SvgPlot
        {
            Title = "Lateness of the load engine: sent − intended",
            XLabel = "intended time, s",
            YLabel = "lateness, ms",
            XRange = (0, end),
            Height = 150,
            Series = [new PlotSeries("lateness", Mark.Points, [.. sent.Select(call => call.Intended.Seconds)], [.. sent.Select(call => call.Lateness!.Value.Milliseconds)])],
        };
    }

    private static void AddSampled(HtmlPage page, string title, string unit, IReadOnlyList<Sample> samples, (string Source, string Metric, string Name)[] wanted, double end)
    {
        var drawn = new List<PlotSeries>();
        foreach (var (source, metric, name) in wanted)
        {
            var series = SamplesFile.Series(samples.Where(sample => sample.At >= Instant.Zero), source, metric);
            if (series.Count > 0)
            {
                drawn.Add(new PlotSeries(name, Mark.Step, series.TimesSeconds, series.Unit == "bytes" ? [.. series.Values.Select(value => value / (1 << 20))] : series.Values));
            }
        }

        if (drawn.Count > 0)
        {
            page.Plot(new SvgPlot { Title = title, XLabel = "time since the start of the run, s", YLabel = unit, XRange = (0, end), Series = drawn });
        }
    }

    private static void Stages(HtmlPage page, IReadOnlyList<CallRecord> calls)
    {
        var groups = calls.Where(call => call.Outcome == Outcome.Completed && HasService(call))
            .GroupBy(call => (call.ServedModel, call.Width, call.Height, call.Frames, call.Steps, call.BatchSize))
            .OrderByDescending(group => group.Count())
            .Take(12)
            .ToList();
        if (groups.Count == 0)
        {
            return;
        }

        page.Heading("Stage times by shape (means)");
        page.Table(
            ["shape", "batch", "calls", "queue", "text", "denoise", "decode", "service"],
            groups.Select(group => (IReadOnlyList<string>)
            [
                $"{group.Key.ServedModel} {group.Key.Width}x{group.Key.Height}x{group.Key.Frames}, {group.Key.Steps} steps",
                Show.Number(group.Key.BatchSize ?? 1),
                Show.Number(group.Count()),
                Mean(group, call => call.Started - (call.Queued ?? call.Intended)),
                Mean(group, call => call.TextEnd - call.Started),
                Mean(group, call => call.DenoiseEnd - call.TextEnd),
                Mean(group, call => call.DecodeEnd - call.DenoiseEnd),
                Mean(group, call => call.Completed - call.Started),
            ]));
    }

    private static string Mean(IEnumerable<CallRecord> calls, Func<CallRecord, Duration?> stage)
    {
        var values = calls.Select(stage).Where(value => value is not null).Select(value => value!.Value.Seconds).ToList();
        return values.Count > 0 ? Show.Seconds(values.Average()) : "–";
    }

    private static double End(IReadOnlyList<CallRecord> calls, IReadOnlyList<Sample> samples)
    {
        var end = 1.0;
        foreach (var call in calls)
        {
            end = Math.Max(end, Math.Max(call.Intended.Seconds, (call.Polled ?? call.Completed ?? call.Sent ?? call.Intended).Seconds));
        }

        return samples.Where(sample => sample.Metric is "replicas").Aggregate(end, (latest, sample) => Math.Max(latest, sample.At.Seconds));
    }
}
