using LoadLab.Core.Runs;
using LoadLab.Serving.Profiles;

namespace LoadLab.Fleet;

/// <summary>
/// Fits peak bytes against batch pixels from the arena samples that fall within each batch. Sampling misses the moment of the peak more often than not, so the
/// largest of the batches of equal pixels counts. Absent samples give no law.
/// </summary>
internal static class MemoryFit
{
    public static MemoryLaw? Of(IReadOnlyList<RunFolder> runs, IReadOnlyList<MeasuredBatch> batches)
    {
        var points = new List<(double Pixels, double Bytes)>();
        for (var run = 0; run < runs.Count; run++)
        {
            var samples = runs[run].ReadSamples().Where(sample => sample.Unit == "bytes" && sample.Metric is "arena.peak" or "arena.live").ToLookup(sample => sample.Source);
            points.AddRange(batches.Where(batch => batch.Run == run)
                .Select(batch => (batch.Size * batch.Shape.Pixels, Peak(samples[$"replica{batch.Replica}"], batch)))
                .Where(point => point.Item2 > 0));
        }

        return points.Count == 0 ? null : Fit([.. points.GroupBy(point => point.Pixels).Select(group => (group.Key, group.Max(point => point.Bytes)))], points.Count);
    }

    /// <summary>Most bytes seen live, or the arena's own peak where this batch changed it; 0 when no sample fell within the batch.</summary>
    private static double Peak(IEnumerable<Sample> samples, MeasuredBatch batch)
    {
        var within = samples.Where(sample => sample.At >= batch.Started && sample.At <= batch.Ended).ToList();
        var live = within.Where(sample => sample.Metric == "arena.live").Select(sample => sample.Value).DefaultIfEmpty(0).Max();
        var peak = within.LastOrDefault(sample => sample.Metric == "arena.peak").Value;
        var before = samples.LastOrDefault(sample => sample.Metric == "arena.peak" && sample.At < batch.Started).Value;
        return peak == before ? live : Math.Max(live, peak);
    }

    /// <summary>Least squares; a constant when every batch had the same pixels or the slope comes out negative.</summary>
    private static MemoryLaw Fit(List<(double Pixels, double Bytes)> points, int batches)
    {
        var meanX = points.Average(point => point.Pixels);
        var meanY = points.Average(point => point.Bytes);
        var spread = points.Sum(point => Math.Pow(point.Pixels - meanX, 2));
        var slope = spread > 0 ? Math.Max(0, points.Sum(point => (point.Pixels - meanX) * (point.Bytes - meanY)) / spread) : 0;
        var fixedBytes = meanY - (slope * meanX);
        return new MemoryLaw
        {
            FixedBytes = fixedBytes,
            BytesPerPixel = slope,
            Error = points.Max(point => Math.Abs((fixedBytes + (slope * point.Pixels) - point.Bytes) / point.Bytes)),
            Count = batches,
        };
    }
}
