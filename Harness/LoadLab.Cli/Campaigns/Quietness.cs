using LoadLab.Core.Runs;

namespace LoadLab.Cli.Campaigns;

/// <summary>How quiet the machine was while runs were played; null where it was not sampled.</summary>
/// <param name="Steal">Greatest run's mean share of processor time that the host gave to others.</param>
/// <param name="Others">Greatest run's mean processors used by programs that are not part of the run.</param>
/// <param name="LoadBefore">Greatest load average over a minute when a run began.</param>
internal sealed record Quietness(double? Steal, double? Others, double? LoadBefore)
{
    public static Quietness Of(IReadOnlyList<RunFolder> runs)
    {
        var all = runs.Select(run => Of(run.ReadSamples())).ToList();
        return new Quietness(all.Max(one => one.Steal), all.Max(one => one.Others), all.Max(one => one.LoadBefore));
    }

    private static Quietness Of(IReadOnlyList<Sample> samples)
    {
        var processors = samples.Where(sample => sample.Source == "host" && sample.Metric.StartsWith("cpu", StringComparison.Ordinal) && sample.Metric.EndsWith(".util", StringComparison.Ordinal) && sample.Metric.Length > "cpu.util".Length)
            .Select(sample => sample.Metric).Distinct().Count();
        var used = Mean(samples, "host", "cpu.util") * processors;
        var own = (Mean(samples, "server", "cpu.used") ?? 0) + (Mean(samples, "engine", "cpu.used") ?? 0);
        var load = samples.Where(sample => sample is { Source: "host", Metric: "load.1m" }).Select(sample => (double?)sample.Value).FirstOrDefault();
        return new Quietness(Mean(samples, "host", "cpu.steal"), processors > 0 && used is { } all ? Math.Max(0, all - own) : null, load);
    }

    /// <summary>Over time: a value holds until the next; only changes are written.</summary>
    private static double? Mean(IReadOnlyList<Sample> samples, string source, string metric)
    {
        if (samples.Count == 0)
        {
            return null;
        }

        var values = samples.Where(sample => sample.Source == source && sample.Metric == metric).OrderBy(sample => sample.At).ToList();
        var end = samples.Max(sample => sample.At);
        var ends = values.Skip(1).Select(value => value.At).Append(end);
        var span = values.Count > 0 ? (end - values[0].At).Seconds : 0;
        return span > 0 ? values.Zip(ends, (value, until) => value.Value * (until - value.At).Seconds).Sum() / span : null;
    }
}
