using System.Globalization;
using LoadLab.Core;

namespace LoadLab.Planning;

/// <summary>
/// Cuts a run into blocks of time for the interval of its cost per 1000. A block is at least as long as the longest cold start and the longest clip, so that neighbours
/// are nearly independent; at least 12 blocks are asked for.
/// </summary>
internal static class CostBlocks
{
    public const int Least = 12;
    public const int Most = 30;

    public static (RatioInterval? Interval, string? Why) Cut(CostBasis basis)
    {
        var ends = basis.Calls.Where(call => call.Latency is not null).Select(call => call.Completed!.Value).ToList();
        if (basis.Usage.Count == 0 || ends.Count == 0)
        {
            return (null, "no call completed");
        }

        var start = basis.Usage.Min(usage => usage.Provisioned);
        var length = basis.Usage.Max(usage => usage.Gone) - start;
        var shortest = ShortestBlock(basis);
        var count = shortest > Duration.Zero ? (int)Math.Min(Most, length.Nanoseconds / shortest.Nanoseconds) : Most;
        if (count < Least)
        {
            return (null, string.Create(CultureInfo.InvariantCulture, $"{length.Seconds:0.#} s hold {count} blocks of {shortest.Seconds:0.#} s (longest cold start or clip); an interval needs {Least}"));
        }

        var (costs, successes) = (new double[count], new double[count]);
        for (var i = 0; i < count; i++)
        {
            costs[i] = Cost(basis, start + (length * ((double)i / count)), start + (length * ((double)(i + 1) / count)));
        }

        foreach (var end in ends)
        {
            var at = (int)Math.Floor((end - start).Seconds / length.Seconds * count);
            successes[Math.Clamp(at, 0, count - 1)]++;
        }

        var interval = RatioInterval.Of(costs, successes, 1000);

        // The linearised interval of a few uneven blocks can reach below zero; no cost does.
        return (interval with { Low = Math.Max(0, interval.Low) }, null);
    }

    private static Duration ShortestBlock(CostBasis basis)
    {
        var load = basis.Usage.Max(usage => usage.Load);
        var clip = basis.Calls.Where(call => call.Latency is not null).Max(call => call.Completed!.Value - (call.Started ?? call.Intended));
        return load > clip ? load : clip;
    }

    private static double Cost(CostBasis basis, Instant from, Instant to)
    {
        var seconds = basis.Usage.Sum(usage =>
        {
            var begin = Instant.Max(usage.Provisioned, from);
            var end = usage.Gone < to ? usage.Gone : to;
            return end > begin ? (end - begin).Seconds * basis.Gpus.Of(usage) : 0;
        });
        return seconds / 3600 * (double)(basis.Price.Price.PerGpuHour * (1 + basis.Price.Overhead));
    }
}
