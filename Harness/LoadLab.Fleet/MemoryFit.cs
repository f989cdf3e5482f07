using LoadLab.Core.Runs;
using LoadLab.Serving.Profiles;

namespace LoadLab.Fleet;

/// <summary>
/// Fits peak bytes against the tokens of a batch from the arena samples that fall within each batch. Sampling misses the moment of the peak more often than not, so the
/// largest of the batches of equal tokens counts. Absent samples give no law.
/// </summary>
internal static class MemoryFit
{
    public static MemoryLaw? Of(IReadOnlyList<RunFolder> runs, IReadOnlyList<MeasuredBatch> batches)
    {
        var tokenPixels = StageLaw.TokenPixelsOf(batches.Count > 0 ? batches[0].Model : "");
        var points = new List<(double Tokens, double Bytes)>();
        for (var run = 0; run < runs.Count; run++)
        {
            var samples = runs[run].ReadSamples().Where(sample => sample.Unit == "bytes" && sample.Metric is "arena.peak" or "arena.live").ToLookup(sample => sample.Source);
            points.AddRange(batches.Where(batch => batch.Run == run)
                .Select(batch => (batch.Size * StageLaw.TokensOf(batch.Shape, tokenPixels), Peak(samples[$"replica{batch.Replica}"], batch)))
                .Where(point => point.Item2 > 0));
        }

        return points.Count == 0 ? null : Fit([.. points.GroupBy(point => point.Tokens).Select(group => (group.Key, group.Max(point => point.Bytes)))], points.Count, tokenPixels);
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

    /// <summary>The median slope of all pairs (Theil and Sen), which a missed peak does not move; a constant when every batch had the same tokens or the slope comes out negative.</summary>
    internal static MemoryLaw Fit(List<(double Tokens, double Bytes)> points, int batches, int tokenPixels)
    {
        var slopes = points.SelectMany((one, index) => points.Skip(index + 1).Select(other => (other.Bytes - one.Bytes) / (other.Tokens - one.Tokens))).ToList();
        var slope = slopes.Count == 0 ? 0 : Math.Max(0, Outliers.Median(slopes));
        var fixedBytes = Math.Max(0, Outliers.Median([.. points.Select(point => point.Bytes - (slope * point.Tokens))]));
        return new MemoryLaw
        {
            FixedBytes = fixedBytes,
            BytesPerToken = slope,
            TokenPixels = tokenPixels,
            Error = points.Max(point => Math.Abs((fixedBytes + (slope * point.Tokens) - point.Bytes) / point.Bytes)),
            Count = batches,
        };
    }
}
