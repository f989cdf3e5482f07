namespace LoadLab.Planning;

/// <summary>The claims page as a document.</summary>
/// <param name="Rows">In the order of the claims.</param>
/// <param name="Elsewhere">Claims that are answered by another command or not yet.</param>
public sealed record ClaimsReport(IReadOnlyList<ClaimRow> Rows, IReadOnlyList<ClaimElsewhere> Elsewhere)
{
    public static ClaimsReport Of(IEnumerable<ArticleClaim> claims, IReadOnlyDictionary<string, ClaimFinding> findings)
    {
        var (here, elsewhere) = (new List<ClaimRow>(), new List<ClaimElsewhere>());
        foreach (var claim in claims)
        {
            if (findings.TryGetValue(claim.Id, out var finding))
            {
                here.Add(ClaimRow.Of(claim, finding));
            }
            else
            {
                elsewhere.Add(new ClaimElsewhere(claim.Id, claim.Restated, claim.Elsewhere));
            }
        }

        return new ClaimsReport(here, elsewhere);
    }
}

/// <summary>One claim. Empty texts: nothing is known.</summary>
public sealed record ClaimRow
{
    public required string Id { get; init; }

    public required string Quote { get; init; }

    public required string Restated { get; init; }

    public required string Figures { get; init; }

    public required string Published { get; init; }

    public required string GpuRun { get; init; }

    public required string Nano { get; init; }

    public required string Simulated { get; init; }

    public required IReadOnlyList<ClaimBasis> Runs { get; init; }

    public required ClaimVerdict Verdict { get; init; }

    public required string Remark { get; init; }

    public static ClaimRow Of(ArticleClaim claim, ClaimFinding finding) => new()
    {
        Id = claim.Id,
        Quote = claim.Quote,
        Restated = claim.Restated,
        Figures = finding.Figures,
        Published = claim.Published,
        GpuRun = claim.GpuRun,
        Nano = claim.Nano,
        Simulated = finding.Simulated,
        Runs = [.. finding.Runs.GroupBy(run => (run.Scenario, run.Profile, run.RealCalls)).Select(runs => new ClaimBasis(runs.Key.Scenario, runs.Key.Profile, runs.Count(), runs.Sum(run => run.Calls.Count), runs.Key.RealCalls))],
        Verdict = finding.Verdict,
        Remark = finding.Remark,
    };
}

/// <summary>What stands behind a simulated figure.</summary>
/// <param name="Scenario">Name of a scenario of Scenarios/claims.</param>
/// <param name="Profile">Name of a shipped profile.</param>
/// <param name="Sides">How often it was played, under different rules.</param>
/// <param name="Calls">Simulated calls of all sides.</param>
/// <param name="RealCalls">Real calls behind the profile.</param>
public sealed record ClaimBasis(string Scenario, string Profile, int Sides, int Calls, int RealCalls);

/// <param name="Id">Of the claim.</param>
/// <param name="Restated">As in a row.</param>
/// <param name="Where">Who answers it.</param>
public sealed record ClaimElsewhere(string Id, string Restated, string Where);
