using LoadLab.Core;

namespace LoadLab.Reports.Tests;

public sealed class EnginesSectionTests
{
    private const string Heading = "The same schedule by different load engines";

    [Fact]
    public void Two_engines_on_one_schedule_stand_beside_each_other_with_their_lateness()
    {
        using var own = new TestRun();
        using var nbomber = new TestRun();
        var late = TestRun.Calls.Select((call, i) => call with { Sent = call.Sent + Duration.FromMilliseconds(i == 11 ? 900 : 2) }).ToList();
        var html = Page(own.Complete(), nbomber.Write(TestRun.Manifest with { Parts = "engine nbomber 6.1.0 · backend of the target" }, late, TestRun.Samples));

        Assert.Contains(Heading, html, StringComparison.Ordinal);
        Assert.Contains("Schedule aaaaaaaaaaaa.", html, StringComparison.Ordinal);

        // Twelve even calls, 100 µs late; then 2.1 ms late but for the last, which leaves 1.898 s after the one before it.
        Assert.Contains("<td>own</td><td class=\"n\">12 / 12</td><td class=\"n\">100 &#181;s</td><td class=\"n\">100 &#181;s</td><td class=\"n\">100 &#181;s</td>", html, StringComparison.Ordinal);
        Assert.Contains("<td>nbomber 6.1.0</td><td class=\"n\">12 / 12</td><td class=\"n\">2.1 ms</td><td class=\"n\">900.1 ms</td><td class=\"n\">900.1 ms</td>", html, StringComparison.Ordinal);
        Assert.Contains("<td class=\"n\">0.000</td><td class=\"n\">0.239</td></tr>", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Runs_of_one_engine_or_of_two_schedules_are_not_compared()
    {
        using var first = new TestRun();
        using var second = new TestRun();
        using var other = new TestRun();
        var elsewhere = TestRun.Manifest with { Parts = "engine nbomber 6.1.0", ScheduleSha256 = new string('b', 64) };

        Assert.DoesNotContain(Heading, Page(first.Complete(), second.Complete()), StringComparison.Ordinal);
        Assert.DoesNotContain(Heading, Page(first.Complete(), other.Write(elsewhere, TestRun.Calls, TestRun.Samples)), StringComparison.Ordinal);
    }

    private static string Page(params IReadOnlyList<Core.Runs.RunFolder> runs) => ReportPage.Render(new ReportContent { Title = "engines", Runs = runs });
}
