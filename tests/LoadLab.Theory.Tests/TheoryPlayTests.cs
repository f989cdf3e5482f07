using LoadLab.Planning.Theory;

namespace LoadLab.Theory.Tests;

/// <summary>The check itself: it finds what is wrong, and says the same whatever the number of threads.</summary>
public sealed class TheoryPlayTests
{
    private static readonly TheoryPrecision s_quick = new(4, 0.03, 0.06);

    private static TheoryRow Row { get; } = TheoryTable.Rows.Single(row => row.Name == "M/D/1, 0.5/s");

    [Fact]
    public void Findings_are_the_same_on_one_and_on_two_threads()
    {
        var rows = TheoryTable.Rows.Where(row => row.Station is not null).Take(12).Select(row => row with { Thousands = 4 }).ToList();
        var one = TheoryPlay.Play(rows, s_quick, threads: 1);
        var two = TheoryPlay.Play(rows, s_quick, threads: 2);
        Assert.Equal(one.Select(finding => finding.ToString()), two.Select(finding => finding.ToString()));
    }

    [Fact]
    public void Service_five_hundredths_too_long_is_found()
    {
        var slow = Row with { Station = Row.Station! with { Times = ServiceLaws.Fixed(1.05) }, Thousands = 50 };
        Assert.Equal(TheoryVerdict.Outside, Assert.Single(TheoryPlay.Play([slow], s_quick, threads: 2)).Verdict);
    }

    [Fact]
    public void Too_few_calls_do_not_pass_for_agreement()
    {
        var few = Row with { Thousands = 2 };
        Assert.Equal(TheoryVerdict.TooWide, Assert.Single(TheoryPlay.Play([few], s_quick, threads: 2)).Verdict);
    }

    [Fact]
    public void Batches_that_are_alike_do_not_pass_for_independent()
    {
        var estimate = new Estimate(1, 0.99, 1.01, 128, 0.4);
        Assert.False(estimate.BatchesLongEnough);
        Assert.True((estimate with { Lag1 = 0.2 }).BatchesLongEnough);
        var finding = new TheoryFinding("g", "r", new Oracle("o", 1, "1", Measure.Wait), 1000, estimate, 0.03);
        Assert.Equal(TheoryVerdict.BatchesTooShort, finding.Verdict);
        Assert.Equal(TheoryVerdict.NotAsPrinted, (finding with { Oracle = finding.Oracle with { Printed = "1.01" } }).Verdict);
    }

    [Fact]
    public void Page_shows_every_figure_and_its_verdict()
    {
        var report = TheoryReport.Of(TheoryPlay.Play([Row with { Thousands = 4 }, TheoryTable.Rows[^1]], s_quick, threads: 1), s_quick);
        var page = TheoryPage.Write(report);
        Assert.Contains("| M/D/1, 0.5/s | Wq, s | 0.5 | ", page, StringComparison.Ordinal);
        Assert.Contains("0 real calls", page, StringComparison.Ordinal);
        Assert.Contains("189.736660 | – | – | – | – | – | holds |", page, StringComparison.Ordinal);
        Assert.Equal(page, TheoryPage.Write(report));
    }
}
