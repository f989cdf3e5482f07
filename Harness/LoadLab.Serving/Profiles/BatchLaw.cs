namespace LoadLab.Serving.Profiles;

/// <summary>The law by which a profile's batches take longer than a single job, in words: beside every result, since the answers hang on it.</summary>
public static class BatchLaw
{
    private const int MostShown = 3;

    /// <summary>For example "T(2) = 1.10 T(1)"; of several shapes or models each law once.</summary>
    public static string Of(ServiceProfile profile)
    {
        var laws = profile.Services.GroupBy(entry => (entry.Gpu, entry.Gpus, entry.Model, entry.Shape)).Select(Words).OfType<string>().Distinct().ToList();
        laws.AddRange(profile.StageLaws.Where(law => law.Batches.Count > 1).Select(Words).Distinct());
        return laws.Count == 0 ? "T(b) = b T(1), assumed: no batch is known"
            : string.Join("; or ", laws.Take(MostShown)) + (laws.Count > MostShown ? FormattableString.Invariant($"; or {laws.Count - MostShown} more") : "");
    }

    /// <summary>Of denoising, which is nearly all of a clip.</summary>
    private static string Words(StageLaw law) =>
        string.Join(", ", law.Batches.Skip(1).Select(factor => FormattableString.Invariant($"T({factor.Batch}) = {factor.Denoise / law.Batches[0].Denoise:0.00} T(1)"))) + " by stage law";

    private static string? Words(IEnumerable<ServiceEntry> shape)
    {
        var batches = shape.OrderBy(entry => entry.Batch).ToList();
        return batches is [{ Batch: 1 } single, _, ..]
            ? string.Join(", ", batches.Skip(1).Select(entry => FormattableString.Invariant($"T({entry.Batch}) = {entry.Whole.MeanS / single.Whole.MeanS:0.00} T(1)")))
            : null;
    }
}
