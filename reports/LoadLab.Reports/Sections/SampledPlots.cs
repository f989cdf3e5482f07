using System.Globalization;
using LoadLab.Core.Runs;

namespace LoadLab.Reports;

/// <summary>
/// What was sampled during a run, over its one time axis. Quantities of different meaning stand apart: busy share, host CPU and kernel-active are three series, cores are no share.
/// </summary>
internal static class SampledPlots
{
    public const string Utilisation = "Utilisation";
    private const double Mebibyte = 1 << 20;

    // A share made of a running total is the mean since the row before; a gauge, and a share that is written only when it changes, holds until the next row.
    private static readonly Group[] s_groups =
    [
        new(Utilisation, "share", 1,
        [
            new("replica", "busy", "busy share of replica", Mark.Step),
            new("server", "busy.share", "busy share of the fleet", Mark.StepBefore),
            new("host", "cpu.util", "host CPU", Mark.StepBefore),
            new("gpu", "kernel.active", "kernel-active of GPU", Mark.Step),
        ]),
        new("CPU used", "cores", 1,
        [
            new("server", "cpu.used", "server process", Mark.StepBefore),
            new("engine", "cpu.used", "load engine", Mark.StepBefore),
            new("cgroup", "cpu.used", "whole cgroup", Mark.StepBefore),
        ]),
        new("Memory", "MiB", Mebibyte,
        [
            new("replica", "arena.live", "arena of replica", Mark.Step),
            new("server", "memory.resident", "server resident", Mark.Step),
            new("engine", "memory.resident", "load engine resident", Mark.Step),
            new("gpu", "memory.used", "used on GPU", Mark.Step),
        ]),
        new("Queue", "waiting jobs", 1, [new("server", "queue.length", "", Mark.Step)]),
        new("Replicas", "replicas", 1, [new("server", "replicas", "provisioned", Mark.Step), new("server", "replicas.busy", "busy", Mark.Step)]),
    ];

    /// <summary>A plot for each group that has at least one row.</summary>
    public static IEnumerable<SvgPlot> Of(IReadOnlyList<Sample> samples, TimeAxis time)
    {
        var series = samples.GroupBy(sample => (sample.Source, sample.Metric)).ToDictionary(rows => rows.Key, rows => rows.ToList());
        foreach (var group in s_groups)
        {
            var drawn = group.Wanted.SelectMany(wanted => Named(series, wanted, group.Divisor, time)).ToList();
            if (drawn.Count > 0)
            {
                yield return new SvgPlot { Title = group.Title, XLabel = time.Label, YLabel = group.Unit, XRange = time.Range, WholeY = group.Unit is "waiting jobs" or "replicas", Series = drawn };
            }
        }
    }

    private static IEnumerable<PlotSeries> Named(Dictionary<(string Source, string Metric), List<Sample>> series, Wanted wanted, double divisor, TimeAxis time) =>
        series.Where(entry => entry.Key.Metric == wanted.Metric && NumberIn(entry.Key.Source, wanted) is not null)
            .OrderBy(entry => NumberIn(entry.Key.Source, wanted)).ThenBy(entry => entry.Key.Source, StringComparer.Ordinal)
            .Select(entry => new PlotSeries(
                wanted.IsNumbered ? $"{wanted.Name} {NumberIn(entry.Key.Source, wanted)}" : wanted.Name,
                wanted.Mark,
                time.Of(entry.Value.Select(sample => sample.At.Seconds)),
                [.. entry.Value.Select(sample => sample.Value / divisor)]));

    /// <summary>0 for the source itself, its number for one of several; null for another source.</summary>
    private static int? NumberIn(string source, Wanted wanted)
    {
        if (!wanted.IsNumbered)
        {
            return source == wanted.Source ? 0 : null;
        }

        return source.StartsWith(wanted.Source, StringComparison.Ordinal)
            && int.TryParse(source.AsSpan(wanted.Source.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
    }

    private sealed record Group(string Title, string Unit, double Divisor, Wanted[] Wanted);

    private sealed record Wanted(string Source, string Metric, string Name, Mark Mark)
    {
        public bool IsNumbered => Source is "replica" or "gpu";
    }
}
