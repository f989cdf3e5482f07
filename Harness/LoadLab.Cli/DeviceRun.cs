using LoadLab.Core;
using LoadLab.Core.Runs;
using LoadLab.Planning;

namespace LoadLab.Cli;

/// <summary>One run's use of its device over the run's window. The three utilisations are three things: none stands for another.</summary>
/// <param name="Run">The folder's name.</param>
/// <param name="BusyShare">Replica busy time over provisioned time.</param>
/// <param name="KernelActive">NVML: the share of time in which any kernel ran.</param>
/// <param name="AchievedFlopsPerSecond">Operations of the completed calls by formula, over the window.</param>
/// <param name="AchievedOfPeak">The same over the device's peak.</param>
/// <param name="PeakMemoryBytes">The most seen.</param>
/// <param name="PeakMemoryFrom">What saw it.</param>
/// <param name="Joules">Drawn by the device while it was sampled, idle time included.</param>
internal sealed record DeviceRun(
    string Run,
    string Scenario,
    string Status,
    string Evidence,
    int Planned,
    int Completed,
    double WindowSeconds,
    Figure BusyShare,
    Figure KernelActive,
    Figure AchievedFlopsPerSecond,
    Figure AchievedOfPeak,
    Figure PeakMemoryBytes,
    string PeakMemoryFrom,
    Figure Joules,
    Figure JoulesPerCompleted)
{
    private const string NoNvml = "no NVML samples";

    public static DeviceRun Of(RunFolder run, double? peak)
    {
        var summary = RunCosts.Summary(run);
        var samples = run.ReadSamples();
        var gpu = Busiest(samples);
        var completed = summary.Outcomes[Words.Of(Outcome.Completed)];
        var achieved = Achieved(run, summary.WindowSeconds);
        var (memory, from) = Memory(samples, gpu);
        var joules = Energy(samples, gpu);
        return new DeviceRun(
            Path.GetFileName(run.FullPath),
            summary.Scenario,
            summary.Status,
            summary.Evidence,
            summary.Planned,
            completed,
            summary.WindowSeconds,
            summary.BusyShare,
            gpu is null ? new Figure(null, NoNvml) : Figure.Of(Mean(samples.Where(Is(gpu, "kernel.active")), summary.WindowSeconds), "too few samples"),
            achieved,
            achieved.Value is not { } speed ? achieved : peak is { } most ? new Figure(speed / most) : new Figure(null, "the device's peak is not known"),
            memory,
            from,
            joules,
            joules.Value is { } drawn && completed > 0 ? new Figure(drawn / completed) : new Figure(null, joules.Why ?? "nothing completed"));
    }

    private static Func<Sample, bool> Is(string source, string metric) => sample => sample.Source == source && sample.Metric == metric;

    /// <summary>The GPU with the most kernel time, as a machine of several uses one; null without NVML.</summary>
    private static string? Busiest(IReadOnlyList<Sample> samples) => samples
        .Where(sample => sample.Metric == "kernel.active" && sample.Source.StartsWith("gpu", StringComparison.Ordinal))
        .GroupBy(sample => sample.Source)
        .OrderByDescending(group => group.Average(sample => sample.Value)).ThenBy(group => group.Key, StringComparer.Ordinal)
        .FirstOrDefault()?.Key;

    /// <summary>Each value holds until the next one: a sampler writes what changed.</summary>
    private static double Mean(IEnumerable<Sample> samples, double windowSeconds)
    {
        var rows = samples.OrderBy(sample => sample.At).ToList();
        var (area, time) = (0.0, 0.0);
        for (var i = 0; i < rows.Count; i++)
        {
            var from = Math.Max(0, rows[i].At.Seconds);
            var to = Math.Min(windowSeconds, i + 1 < rows.Count ? rows[i + 1].At.Seconds : windowSeconds);
            area += rows[i].Value * Math.Max(0, to - from);
            time += Math.Max(0, to - from);
        }

        return area / time;
    }

    private static Figure Achieved(RunFolder run, double windowSeconds)
    {
        var guided = run.ReadSchedule().ToDictionary(call => call.Index, call => call.Guidance is not 1);
        var jobs = run.ReadCalls().Where(call => call.Outcome == Outcome.Completed).Select(call => JobFlops.Of(call, guided.GetValueOrDefault(call.Call, true))).ToList();
        return jobs.Contains(null) ? new Figure(null, "a model that this build does not know") : Figure.Of(jobs.Sum(job => job!.Whole) / windowSeconds, "no window");
    }

    private static (Figure Peak, string From) Memory(IReadOnlyList<Sample> samples, string? gpu)
    {
        var used = gpu is null ? [] : samples.Where(Is(gpu, "memory.used")).Select(sample => sample.Value).ToList();
        var arena = samples.Where(sample => sample.Metric is "arena.peak" or "arena.live").Select(sample => sample.Value).ToList();
        return used.Count > 0 ? (new Figure(used.Max()), "NVML, the whole device")
            : arena.Count > 0 ? (new Figure(arena.Max()), "the replica's arena")
            : (new Figure(null, NoNvml), "nothing");
    }

    private static Figure Energy(IReadOnlyList<Sample> samples, string? gpu)
    {
        if (gpu is null)
        {
            return new Figure(null, NoNvml);
        }

        var counted = samples.Where(sample => sample.Source == gpu && sample.Metric is "energy" or "energy.from_power").Select(sample => sample.Value).ToList();
        return counted.Count > 1 ? new Figure(counted.Max() - counted.Min()) : new Figure(null, "this driver tells no energy");
    }
}
