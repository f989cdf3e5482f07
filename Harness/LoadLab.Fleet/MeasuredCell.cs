using LoadLab.Serving.Profiles;

namespace LoadLab.Fleet;

/// <summary>The batches of one model, shape and size that were measured, without the first of each replica and without outliers.</summary>
/// <param name="Model">By its catalogue name.</param>
/// <param name="Shape">Of every job.</param>
/// <param name="Size">Jobs of a batch.</param>
/// <param name="Batches">What the means are made of; at least one.</param>
/// <param name="Outliers">Batches set aside.</param>
internal sealed record MeasuredCell(string Model, Shape Shape, int Size, IReadOnlyList<MeasuredBatch> Batches, int Outliers)
{
    /// <summary>How far a law may be off where it was not measured.</summary>
    private const double FarOutside = 5;

    public double Whole { get; } = Batches.Average(batch => batch.Whole);

    /// <summary>Null where a batch does not tell its stages.</summary>
    public double? Text { get; } = Mean(Batches, batch => batch.Text);

    public double? Denoise { get; } = Mean(Batches, batch => batch.Denoise);

    public double? Decode { get; } = Mean(Batches, batch => batch.Decode);

    /// <summary>Standard deviation over mean of single batches; null for fewer than three.</summary>
    public double? Scatter { get; } = ScatterOf(Batches);

    public static List<MeasuredCell> Of(IEnumerable<MeasuredBatch> steady) =>
    [
        .. steady.GroupBy(batch => (batch.Model, batch.Shape, batch.Size)).Select(group => Of(group.Key, [.. group]))
            .OrderBy(cell => cell.Model, StringComparer.Ordinal).ThenBy(cell => cell.Shape.Units).ThenBy(cell => cell.Shape.ToString(), StringComparer.Ordinal).ThenBy(cell => cell.Size),
    ];

    /// <summary>Without the batches that the law of the cells measured often finds far off, where there are too few of them to tell by themselves; null when none is left.</summary>
    public MeasuredCell? Judged(StageLaw others)
    {
        if (Batches.Count >= Fleet.Outliers.Least)
        {
            return this;
        }

        var far = others.Range.Problem(others, Shape, Size) is null ? Fleet.Outliers.LeastFactor : FarOutside;
        var kept = Batches.Where(batch => others.Unbounded(Shape, Size).Whole.MeanS is var expected && batch.Whole < expected * far && batch.Whole * far > expected).ToList();
        return kept.Count == Batches.Count ? this : kept.Count == 0 ? null : this with { Batches = kept, Outliers = Outliers + Batches.Count - kept.Count };
    }

    /// <summary>The standard error of the mean over the mean, by the cell's own scatter or the usual one.</summary>
    public double StandardError(double usualScatter) => (Scatter ?? usualScatter) / Math.Sqrt(Batches.Count);

    private static MeasuredCell Of((string Model, Shape Shape, int Size) key, List<MeasuredBatch> all)
    {
        var outliers = Fleet.Outliers.Of([.. all.Select(batch => batch.Whole)]);
        return new MeasuredCell(key.Model, key.Shape, key.Size, [.. all.Where((_, index) => !outliers[index])], outliers.Count(outlier => outlier));
    }

    private static double? Mean(IReadOnlyList<MeasuredBatch> batches, Func<MeasuredBatch, double?> part)
    {
        var all = batches.Select(part).ToList();
        return all.Contains(null) ? null : all.Average();
    }

    private static double? ScatterOf(IReadOnlyList<MeasuredBatch> batches)
    {
        if (batches.Count < 3)
        {
            return null;
        }

        var mean = batches.Average(batch => batch.Whole);
        return Math.Sqrt(batches.Sum(batch => Math.Pow(batch.Whole - mean, 2)) / (batches.Count - 1)) / mean;
    }
}
