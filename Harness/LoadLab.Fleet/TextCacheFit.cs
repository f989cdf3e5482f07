using LoadLab.Serving.Profiles;

namespace LoadLab.Fleet;

/// <summary>Finds the batches whose prompts were all encoded before, and gives each the text time of the others, so that every batch tells the time of a whole one.</summary>
internal static class TextCacheFit
{
    /// <summary>A kept encoding takes less than this share of an encoding's time.</summary>
    private const double KeptShare = 0.5;

    public static (List<MeasuredBatch> Batches, TextCacheShare? Share) Of(IReadOnlyList<MeasuredBatch> batches)
    {
        var encoded = batches.Where(batch => !batch.WarmUp && !batch.Repeated && batch.Text is not null)
            .GroupBy(batch => (batch.Model, batch.Size)).ToDictionary(group => group.Key, group => Outliers.Mean([.. group.Select(batch => batch.Text!.Value)]).Mean);
        var told = batches.Select(batch => Whole(batch, encoded)).ToList();
        var could = told.Where(batch => batch.KeepsText).ToList();
        return (told, could.Count == 0 ? null : new TextCacheShare { HitShare = (double)could.Count(batch => batch.Saved > 0) / could.Count, Batches = could.Count });
    }

    private static MeasuredBatch Whole(MeasuredBatch batch, Dictionary<(string Model, int Size), double> encoded)
    {
        if (!batch.Repeated || batch.Text is not { } text)
        {
            return batch;
        }

        // A size whose prompts were all kept borrows the encoding of the nearest size, job for job.
        var known = encoded.Keys.Where(key => key.Model == batch.Model).OrderBy(key => Math.Abs(key.Size - batch.Size)).ThenBy(key => key.Size).ToList();
        if (known.Count == 0 || encoded[known[0]] * batch.Size / known[0].Size is var usual && text >= usual * KeptShare)
        {
            return batch;
        }

        return batch with { Text = usual, Saved = usual - text };
    }
}
