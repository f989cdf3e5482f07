using System.Diagnostics;
using System.Globalization;
using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Core.Runs;
using LoadLab.Engine;
using LoadLab.Engine.Guards;
using LoadLab.Engine.Pacing;
using LoadLab.Engine.Targets;
using LoadLab.Workload;

namespace LoadLab.LoadProbe;

/// <summary>Many jobs in flight at a service that must be asked: what the client needs for it, and how well it knows the ends.</summary>
internal static class PollBench
{
    /// <summary>Jobs sent a second until all are in flight.</summary>
    private const double StartPerSecond = 500;

    public static async Task<int> RunAsync(Arguments arguments)
    {
        var jobs = arguments.Integer("jobs", 10_000);
        var length = Duration.FromSeconds(60 * arguments.Integer("minutes", 5));
        var options = Target(arguments);
        await Rehearsal.RunAsync(options);
        await using var target = HttpTarget.Create(options, options.Url!, ClockMap.Shared());
        using var process = Process.GetCurrentProcess();
        var processor = process.TotalProcessorTime;
        var path = Path.Combine(Path.GetTempPath(), $"loadlab-probe-{Guid.NewGuid():N}.csv");
        try
        {
            EngineSummary summary;
            var schedule = Schedule(jobs, length, arguments);
            var largest = 0L;
            var open = 0;
            using (var calls = new CallsWriter(path))
            using (var pacer = new PreciseWaiter(MonotonicClock.StartNow()))
            {
                var play = new PlayOptions { Guard = new GuardOptions { Drain = new DrainOptions { Max = Duration.FromSeconds(1), ThenCancel = false } } };
                var engine = new LoadEngine(target, pacer, calls, play);
                await using var watch = new Timer(_ => (open, largest) = (Math.Max(open, engine.Snapshot().InFlight), Math.Max(largest, Environment.WorkingSet)), null, 1000, 1000);
                summary = await engine.PlayAsync(schedule);
            }

            process.Refresh();
            Print(summary, CallsFile.Read(path), (process.TotalProcessorTime - processor) / length.ToTimeSpan(), largest, open);
            return summary.Sent == summary.Planned ? 0 : 1;
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static TargetOptions Target(Arguments arguments)
    {
        var yaml = string.Create(CultureInfo.InvariantCulture, $$"""
            target: { kind: http, url: "{{arguments.Url}}", protocol: {{arguments.Text("protocol") ?? "fal-queue"}}, model: bench/clip, polling: { maxRate: {{arguments.Integer("rate", 200)}}/s } }
            """);
        var problems = new Problems();
        var options = TargetOptions.Bind(Section.Open(YamlDocument.ReadText(yaml, "bench", problems)!, "", problems)!);
        problems.ThrowIfAny();
        return options;
    }

    /// <summary>All jobs in the first seconds, and one more whenever one would end that takes as long as the service's do.</summary>
    private static Schedule Schedule(int jobs, Duration length, Arguments arguments)
    {
        var (median, sigma) = (arguments.Number("median", 600), arguments.Number("sigma", 0.3));
        var random = new Seed(1).Stream("ends");
        var times = new List<double>();
        for (var job = 0; job < jobs; job++)
        {
            for (var at = job / StartPerSecond; at < length.Seconds; at += median * Math.Exp(sigma * random.NextNormal()))
            {
                times.Add(at);
            }
        }

        times.Sort();
        var calls = times.Select((at, i) => new ScheduledCall { Index = i, Intended = Instant.FromSeconds(at), Width = 1280, Height = 720, Frames = 81, Steps = 40, CallSeed = i }).ToList();
        calls.Add(calls[^1] with { Index = calls.Count, Intended = Instant.Zero + length });
        return new Schedule(length, calls, [.. Enumerable.Repeat("a bench", calls.Count)]);
    }

    private static void Print(EngineSummary summary, IReadOnlyList<CallRecord> rows, double processors, long largest, int open)
    {
        // Knowledge is there by then, and what was sent has the time to end: later, only the short jobs would be seen.
        var end = rows.Max(row => row.Intended.Nanoseconds);
        var (from, to) = (new Instant(end / 5 * 2), new Instant(end / 5 * 3));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{summary.Sent} sent, {open} in flight at most, {summary.Count(Outcome.Completed)} completed, {summary.Planned - summary.Count(Outcome.Completed) - summary.Count(Outcome.Unfinished)} otherwise ended; width of latency {Widths(rows)}, of those sent in the third fifth {Widths(rows.Where(row => row.Sent >= from && row.Sent < to))}; {processors:P1} of a processor; {largest >> 20} MiB resident; lateness p99 {summary.Quality.LatenessP99Ms:0.0} ms"));
    }

    private static string Widths(IEnumerable<CallRecord> rows)
    {
        var widths = rows.Where(row => row.Outcome == Outcome.Completed && row.Sent is not null && row.PollError is not null)
            .Select(row => row.PollError!.Value.Seconds / (row.Completed!.Value - row.Sent!.Value).Seconds).Order().ToList();
        return widths.Count == 0 ? "-" : string.Create(CultureInfo.InvariantCulture, $"p50 {Percentile.OfSorted(widths, 0.5):P2}, p95 {Percentile.OfSorted(widths, 0.95):P2}");
    }
}
