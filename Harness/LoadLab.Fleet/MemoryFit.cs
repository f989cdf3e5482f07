using LoadLab.Core.Runs;
using LoadLab.Serving.Profiles;

namespace LoadLab.Fleet;

/// <summary>Fits peak bytes against batch pixels from the arena samples that fall within each batch. Absent samples give no law.</summary>
internal static class MemoryFit
{
    public static MemoryLaw? Of(IReadOnlyList<RunFolder> runs, IReadOnlyList<MeasuredBatch> batches)
    {
        var points = new List<(double Pixels, double Bytes)>();
        for (var run = 0; run < runs.Count; run++)
        {
            var samples = runs[run].ReadSamples().Where(sample => sample.Metric.StartsWith("arena.", StringComparison.Ordinal) && sample.Unit == "bytes" && IsUse(sample.Metric)).ToList();
            points.AddRange(batches.Where(batch => batch.Run == run).Select(batch => (batch.Size * batch.Shape.Pixels, Peak(samples, batch))).Where(point => point.Item2 > 0));
        }

        return points.Count == 0 ? null : Fit(points);
    }

    private static bool IsUse(string metric) => metric is "arena.peak" or "arena.live";

    /// <summary>0 when no sample fell within the batch.</summary>
    private static double Peak(List<Sample> samples, MeasuredBatch batch)
    {
        var source = $"replica{batch.Replica}";
        return samples.Where(sample => sample.At >= batch.Started && sample.At <= batch.Ended && (sample.Source == source || sample.Source == "server"))
            .Select(sample => sample.Value).DefaultIfEmpty(0).Max();
    }

    /// <summary>Least squares; a constant when every batch had the same pixels or the slope comes out negative.</summary>
    private static MemoryLaw Fit(List<(double Pixels, double Bytes)> points)
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
            Count = points.Count,
        };
    }
}
