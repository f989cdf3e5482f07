using LoadLab.Planning;

namespace LoadLab.Cli.Claims;

/// <summary>Every claim that this build can speak to, by id.</summary>
internal static class ClaimStudy
{
    private static readonly IReadOnlyList<(string Id, Func<ClaimLab, ClaimFinding> Find)> s_studies =
    [
        .. ModelClaims.All.Select(study => (study.Id, (Func<ClaimLab, ClaimFinding>)(_ => study.Find()))),
        .. LoadingClaims.All,
        .. BatchClaims.All,
        .. ScalingClaims.All,
        .. TierClaims.All,
        .. RecoveryClaims.All,
        .. CapacityClaims.All,
    ];

    /// <param name="progress">Told the id of each claim as it is begun.</param>
    /// <param name="stop">Ends it between two claims.</param>
    public static ClaimsReport Run(Action<string> progress, CancellationToken stop)
    {
        var lab = new ClaimLab();
        var findings = new Dictionary<string, ClaimFinding>(StringComparer.Ordinal);
        foreach (var (id, find) in s_studies)
        {
            stop.ThrowIfCancellationRequested();
            progress(id);
            findings.Add(id, find(lab));
        }

        return ClaimsReport.Of(ArticleClaims.All, findings);
    }
}
