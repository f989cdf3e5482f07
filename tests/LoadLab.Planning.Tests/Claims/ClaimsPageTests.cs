namespace LoadLab.Planning.Tests.Claims;

public sealed class ClaimsPageTests
{
    private static readonly ArticleClaim s_claim = new() { Id = "A9", Quote = "a | b", Restated = "twice", Published = "once" };
    private static readonly ArticleClaim s_other = new() { Id = "B1", Quote = "c", Restated = "big", Elsewhere = "another command" };

    [Fact]
    public void A_row_says_what_stands_behind_what_was_simulated()
    {
        var page = Page(new ClaimFinding(ClaimVerdict.RuleNotNumber, "at night") { Figures = "f", Simulated = "faster", Runs = [Run(), Run()] });
        Assert.Contains("| A9 | twice (a \\| b) | f | once | none | not measured | faster (simulated; pair on article-pair, 2 runs, 0 real calls behind them) | **true of the rule, not of the number**: at night |\n", page);
        Assert.Contains("| true of the rule, not of the number | 1: A9 |\n", page);
    }

    [Fact]
    public void A_row_without_figures_says_so() =>
        Assert.Contains("| A9 | twice (a \\| b) | – | once | none | not measured | – | **not decided here** |\n", Page(new ClaimFinding(ClaimVerdict.NotDecided)));

    [Fact]
    public void A_claim_without_a_finding_says_who_answers_it() => Assert.EndsWith("- **B1** big: another command\n", Page(new ClaimFinding(ClaimVerdict.Supported)));

    [Fact]
    public void Every_verdict_has_words() => Assert.Equal(Enum.GetValues<ClaimVerdict>().Length, Enum.GetValues<ClaimVerdict>().Select(verdict => verdict.Words()).Distinct().Count());

    private static string Page(ClaimFinding finding) => ClaimsPage.Write(ClaimsReport.Of([s_claim, s_other], new Dictionary<string, ClaimFinding> { ["A9"] = finding }));

    private static ClaimRun Run() => ClaimRunTests.Of([Make.Call(0, 0, 1)], []);
}
