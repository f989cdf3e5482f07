using LoadLab.Serving.Profiles;

namespace LoadLab.Planning;

/// <summary>One figure of the published Wan2.2 table: one clip alone on one replica.</summary>
/// <param name="Gpu">Kind of GPU, as the profile names it.</param>
/// <param name="Gpus">GPUs of the replica.</param>
/// <param name="Model">By its catalogue name; image-to-video is a model of its own.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Seconds">Published; 0 for one that is not.</param>
public sealed record PublishedCell(string Gpu, int Gpus, string Model, int Width, int Height, double Seconds)
{
    /// <summary>Image-to-video models and the text-to-video model of the same size, weights apart.</summary>
    private static readonly Dictionary<string, string> s_textTwins = new(StringComparer.Ordinal)
    {
        ["wan2.2-i2v-a14b"] = "wan2.2-t2v-a14b",
        ["wan2.2-ti2v-5b-i2v"] = "wan2.2-ti2v-5b",
    };

    /// <summary>The table has two sizes, 480p and 720p.</summary>
    public bool Is720P => (long)Width * Height > 832 * 480;

    public bool FromImage => s_textTwins.ContainsKey(Model);

    /// <summary>The model or its text-to-video twin: both do the same work per clip but for the image.</summary>
    public string Family => s_textTwins.GetValueOrDefault(Model, Model);

    public string Size => Is720P ? "720p" : "480p";

    /// <summary>GPU, size and count are those of the other: the same cell of the table, or its image-to-video twin.</summary>
    public bool IsCellOf(PublishedCell other) => Gpu == other.Gpu && Family == other.Family && Is720P == other.Is720P && Gpus == other.Gpus;

    public override string ToString() => FormattableString.Invariant($"{Model} {Size} on {Gpus} {Gpu}");

    /// <summary>The cells of a profile with kinds of GPU: its single clips.</summary>
    public static IReadOnlyList<PublishedCell> Of(ServiceProfile table) =>
        [.. table.Services.Where(entry => entry.Batch == 1).Select(entry => new PublishedCell(entry.Gpu, entry.Gpus, entry.Model, entry.Width, entry.Height, entry.Whole.MeanS))];
}
