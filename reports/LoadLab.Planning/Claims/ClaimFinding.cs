namespace LoadLab.Planning;

/// <summary>What this build computed and simulated of one claim.</summary>
/// <param name="Verdict">From the figures.</param>
/// <param name="Remark">What the verdict is of, where it is not of the whole claim; empty otherwise.</param>
public sealed record ClaimFinding(ClaimVerdict Verdict, string Remark = "")
{
    /// <summary>Against the article's other figures, the model's dimensions and a device's peak; empty when nothing follows.</summary>
    public string Figures { get; init; } = "";

    /// <summary>Empty when nothing was simulated.</summary>
    public string Simulated { get; init; } = "";

    /// <summary>The runs behind <see cref="Simulated"/>.</summary>
    public IReadOnlyList<ClaimRun> Runs { get; init; } = [];
}
