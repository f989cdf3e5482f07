using System.Diagnostics;
using System.Globalization;
using LoadLab.Core;
using LoadLab.Engine;

namespace LoadLab.LoadProbe;

/// <summary>How late plain calls leave, at a steady rate.</summary>
internal static class LatenessBench
{
    public static async Task<int> RunAsync(Arguments arguments)
    {
        var rate = arguments.Integer("rate", 1000);
        var seconds = arguments.Integer("seconds", 30);
        var pool = arguments.Text("send") == "pool";
        var (processor, allocated, collections) = (TimeSpan.Zero, 0L, 0);
        var (summary, rows) = await ProbePlay.RunAsync(
            new Uri(arguments.Url, "/fast"),
            rate * seconds,
            rate,
            prepare: async _ =>
            {
                await ArrivalsReport.GetAsync(new Uri(arguments.Url, "/reset"));
                (processor, allocated, collections) = (Process.GetCurrentProcess().TotalProcessorTime, GC.GetTotalAllocatedBytes(), GC.CollectionCount(0));
            },
            wrap: pool ? target => new HandedOverTarget(target) : null);
        processor = Process.GetCurrentProcess().TotalProcessorTime - processor;
        allocated = GC.GetTotalAllocatedBytes() - allocated;
        var quality = summary.Quality;
        var latencies = rows.Select(row => row.Latency?.Milliseconds ?? double.PositiveInfinity).Order().ToList();
        Console.Error.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"""
            LoadLab, sent on the {(pool ? "thread pool" : "dispatch thread")} ({summary.DispatchPriority}): planned {summary.Planned}, sent {summary.Sent}, completed {summary.Count(Outcome.Completed)};
              lateness p50 {quality.LatenessP50Ms:0.000} ms, p99 {quality.LatenessP99Ms:0.000} ms, max {quality.LatenessMaxMs:0.000} ms; latency p50 {Percentile.OfSorted(latencies, 0.5):0.00} ms, p99 {Percentile.OfSorted(latencies, 0.99):0.00} ms;
              {processor.TotalSeconds / seconds:0%} of a processor, {allocated / Math.Max(1, summary.Sent) / 1024.0:0.0} KiB allocated per call, {GC.CollectionCount(0) - collections} collections
            """));
        Console.WriteLine(await ArrivalsReport.RowAsync(arguments.Url, rate, arguments.Text("name") ?? "LoadLab"));
        return summary.Sent == summary.Planned && quality.LatenessPassed ? 0 : 1;
    }
}
