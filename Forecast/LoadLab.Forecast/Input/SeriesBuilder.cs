using System.Globalization;
using LoadLab.Core;
using LoadLab.Core.Input;
using LoadLab.Core.Runs;

namespace LoadLab.Forecast;

/// <summary>Series on a regular grid, from what a run recorded. The time of a value is the start of its grid step; a step without a sample is a gap (NaN).</summary>
public static class SeriesBuilder
{
    /// <summary>Most grid steps of one series.</summary>
    public const int MaxCount = 1_000_000;

    /// <summary>The name of the arrival series of a run.</summary>
    public const string ArrivalsName = "arrivals";

    /// <summary>Planned calls per second. Only whole steps count: the last, cut one would look like a fall.</summary>
    /// <param name="calls">In any order.</param>
    /// <param name="step">Grid step, longer than zero.</param>
    /// <param name="length">Length of the load; null: until the last call.</param>
    public static Series Arrivals(IEnumerable<CallRecord> calls, Duration step, Duration? length = null)
    {
        var intended = calls.Select(call => call.Intended.Nanoseconds).ToList();
        var end = length?.Nanoseconds ?? (intended.Count > 0 ? intended.Max() : 0);
        var counts = new double[Steps(end / step.Nanoseconds, ArrivalsName)];
        foreach (var at in intended.Where(at => at >= 0 && at / step.Nanoseconds < counts.Length))
        {
            counts[at / step.Nanoseconds]++;
        }

        return Grid(ArrivalsName, "calls/s", 0, step.Seconds, [.. counts.Select(count => count / step.Seconds)]);
    }

    /// <summary>One metric of one source, as the mean of its samples in each step.</summary>
    public static Series Samples(IEnumerable<Sample> samples, string source, string metric, Duration step)
    {
        var chosen = samples.Where(sample => sample.Source == source && sample.Metric == metric).ToList();
        return Resample($"{source}/{metric}", chosen.Count > 0 ? chosen[0].Unit : "", [.. chosen.Select(sample => (sample.At.Seconds, sample.Value))], step.Seconds);
    }

    /// <summary>A series of a run by name: arrivals, or source/metric of its samples.</summary>
    /// <exception cref="InputException">The run has no such series; the message names those it has.</exception>
    public static Series FromRun(RunFolder run, string name, Duration step)
    {
        if (name == ArrivalsName)
        {
            return Arrivals(run.ReadCalls(), step);
        }

        var samples = run.ReadSamples();
        var slash = name.IndexOf('/', StringComparison.Ordinal);
        var series = slash > 0 ? Samples(samples, name[..slash], name[(slash + 1)..], step) : null;
        return series is { Count: > 0 } ? series : throw new InputException(new Problem(
            run.FullPath, 0, "series", name, "is not recorded in this run", $"known: {string.Join(", ", Names(samples).Take(50))}"));
    }

    /// <summary>Every series name of a run, arrivals first.</summary>
    public static IReadOnlyList<string> Names(IEnumerable<Sample> samples) =>
        [ArrivalsName, .. samples.Select(sample => $"{sample.Source}/{sample.Metric}").Distinct().Order(StringComparer.Ordinal)];

    /// <summary>Means over the steps of a regular grid that starts at the step of the first point; a step with none is NaN.</summary>
    internal static Series Resample(string name, string unit, IReadOnlyList<(double Seconds, double Value)> points, double stepSeconds)
    {
        if (points.Count == 0)
        {
            return new Series(name, unit, [], []);
        }

        // Told in floating point first: the index of a wild time at a tiny step does not fit a long.
        _ = Steps((points.Max(point => point.Seconds) - points.Min(point => point.Seconds)) / stepSeconds, name);

        // The margin keeps 0.3 / 0.1 = 2.9999999999999996 in its own step.
        long Index(double seconds) => (long)Math.Floor((seconds / stepSeconds) + 1e-6);
        var first = points.Min(point => Index(point.Seconds));
        var sums = new double[Steps(points.Max(point => Index(point.Seconds)) - first + 1, name)];
        var counts = new int[sums.Length];
        foreach (var (seconds, value) in points)
        {
            if (!double.IsNaN(value))
            {
                sums[Index(seconds) - first] += value;
                counts[Index(seconds) - first]++;
            }
        }

        return Grid(name, unit, first * stepSeconds, stepSeconds, [.. sums.Select((sum, i) => counts[i] == 0 ? double.NaN : sum / counts[i])]);
    }

    private static Series Grid(string name, string unit, double start, double step, double[] values) =>
        new(name, unit, [.. Enumerable.Range(0, values.Length).Select(i => start + (i * step))], values);

    private static int Steps(double count, string name) => count <= MaxCount
        ? (int)count
        : throw new InputException(new Problem(name, 0, "step", null, string.Create(CultureInfo.InvariantCulture, $"makes {count:0} steps"), $"choose a longer step: at most {MaxCount} are held"));
}
