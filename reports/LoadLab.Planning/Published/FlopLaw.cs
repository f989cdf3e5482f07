namespace LoadLab.Planning;

/// <summary>The naive predictor: a GPU does as many operations a second at every size, and n GPUs do n times as many.</summary>
public static class FlopLaw
{
    /// <summary>Seconds of a cell from the nearest known one of the same GPU and model: the same size before the other, then the nearest count, then the same of text and image.</summary>
    public static double Seconds(PublishedCell cell, IEnumerable<PublishedCell> known)
    {
        var nearest = known.Where(other => other.Gpu == cell.Gpu && other.Family == cell.Family)
            .MinBy(other => (other.Is720P != cell.Is720P, Math.Abs(Math.Log((double)other.Gpus / cell.Gpus)), other.FromImage != cell.FromImage))!;
        return nearest.Seconds * PetaFlops(cell) / PetaFlops(nearest) * nearest.Gpus / cell.Gpus;
    }

    /// <summary>
    /// 10^15 operations of one clip at the reference's frames, steps and guidance, a multiply-add being two: by the transformer's formula, 81 frames in 40 steps for the A14B and 121 in 50 for the 5B.
    /// </summary>
    public static double PetaFlops(PublishedCell cell) => (cell.Family, cell.Is720P) switch
    {
        ("wan2.2-t2v-a14b", false) => 134.3,
        ("wan2.2-t2v-a14b", true) => 521.9,
        ("wan2.2-ti2v-5b", true) => 51.7,
        _ => throw new ArgumentOutOfRangeException(nameof(cell), cell, "outside the table"),
    };
}
