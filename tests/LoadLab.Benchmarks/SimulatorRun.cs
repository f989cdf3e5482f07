using System.Diagnostics;
using System.Globalization;
using LoadLab.Core;
using LoadLab.Workload;

namespace LoadLab.Benchmarks;

/// <summary>Whole simulations without rows or journal, timed: a line of figures for each. The first of a process pays for its compilation.</summary>
internal static class SimulatorRun
{
    public static int Run(string name, int calls, int times, TextWriter output)
    {
        var scene = name switch
        {
            "rules" => SimulatorScene.Rules(calls),
            "markov" => SimulatorScene.Markov(calls),
            "day" => SimulatorScene.Day(calls),
            _ => throw new ArgumentException($"no scene {name}: rules, markov or day", nameof(name)),
        };
        var clock = Stopwatch.StartNew();
        var schedule = scene.Schedule();
        var planned = clock.Elapsed.TotalSeconds;
        for (var i = 0; i < times; i++)
        {
            output.WriteLine(Line(name, scene, schedule, planned));
        }

        return 0;
    }

    private static string Line(string name, SimulatorScene scene, Schedule schedule, double planned)
    {
        var (before, busy) = (GC.GetTotalAllocatedBytes(), Environment.CpuUsage.TotalTime);
        var clock = Stopwatch.StartNew();
        var result = scene.Run(schedule);
        var seconds = clock.Elapsed.TotalSeconds;
        var processor = (Environment.CpuUsage.TotalTime - busy).TotalSeconds;
        var bytes = GC.GetTotalAllocatedBytes() - before;
        var whole = result.Tally.Whole;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{name} calls={whole.Planned} completed={whole.Of(Outcome.Completed)} events={result.Events} schedule_s={planned:0.000} run_s={seconds:0.000} cpu_s={processor:0.000} events_per_s={result.Events / seconds:0} calls_per_s={whole.Planned / seconds:0} bytes_per_event={(double)bytes / result.Events:0} wait_s={whole.Wait.MeanSeconds:0.000000} busy={result.BusyShare:0.000} replicas={result.Usage.Count} peak_rss_mb={PeakBytes() >> 20}");
    }

    /// <summary>Most memory the process held at once.</summary>
    private static long PeakBytes()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }
}
