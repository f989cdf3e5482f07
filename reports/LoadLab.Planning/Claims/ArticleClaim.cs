namespace LoadLab.Planning;

/// <summary>A claim of one of the two source articles, quoted to be checked, and what others published of it.</summary>
public sealed record ArticleClaim
{
    /// <summary>A1 to A23 and B1 to B20.</summary>
    public required string Id { get; init; }

    /// <summary>The article's words.</summary>
    public required string Quote { get; init; }

    public required string Restated { get; init; }

    /// <summary>Published evidence with its source; empty when there is none.</summary>
    public string Published { get; set; } = "";

    /// <summary>What the small model showed: the shape of the behaviour only. Empty when it was not measured.</summary>
    public string Nano { get; set; } = "";

    /// <summary>The file of the repository that holds the figures of <see cref="Nano"/>.</summary>
    public string NanoPage { get; set; } = "";

    /// <summary>What of that file stands behind <see cref="Nano"/>, word for word.</summary>
    public IReadOnlyList<string> NanoQuotes { get; set; } = [];

    /// <summary>Folder of a run on a GPU of our own; empty when there is none.</summary>
    public string GpuRun { get; set; } = "";

    /// <summary>Who answers it when the claims page does not; empty when it does.</summary>
    public string Elsewhere { get; set; } = "";
}
