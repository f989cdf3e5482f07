namespace LoadLab.Planning;

/// <summary>What a row of the claims page says of a claim; a closed set.</summary>
public enum ClaimVerdict
{
    /// <summary>Nothing known here contradicts it, and something known here agrees.</summary>
    Supported,

    /// <summary>The model's own dimensions, a device's published peak or published times say otherwise.</summary>
    Contradicted,

    /// <summary>One article gives two figures that cannot both be.</summary>
    FiguresDisagree,

    /// <summary>The rule does what is said of it, by another amount than is said.</summary>
    RuleNotNumber,

    /// <summary>Only a run that does not exist yet can tell.</summary>
    NotDecided,
}

public static class ClaimVerdicts
{
    public static string Words(this ClaimVerdict verdict) => verdict switch
    {
        ClaimVerdict.Supported => "supported",
        ClaimVerdict.Contradicted => "contradicted",
        ClaimVerdict.FiguresDisagree => "two of its own figures disagree",
        ClaimVerdict.RuleNotNumber => "true of the rule, not of the number",
        ClaimVerdict.NotDecided => "not decided here",
        _ => throw new ArgumentOutOfRangeException(nameof(verdict)),
    };
}
