using System.Text.RegularExpressions;

namespace LoadLab.Reports.Tests;

public sealed partial class HtmlPageTests
{
    private const string Hostile = "<script>alert(\"x\")</script> ' \" & <img src=http://example.com/x onerror=y>";

    [Fact]
    public void Everything_hostile_is_escaped_wherever_it_comes_in()
    {
        var page = new HtmlPage(Hostile);
        page.Section(Hostile);
        page.Section(Hostile);
        page.Section(Hostile);
        page.Heading(Hostile);
        page.Text(Hostile);
        page.Note(Hostile);
        page.Items([Hostile]);
        page.Evidence(Hostile, Hostile);
        page.Warning(Hostile);
        page.Tiles([(Hostile, Hostile, Hostile)]);
        page.Table([Hostile, Hostile, Hostile], [[Hostile, Hostile, Hostile]], text: [2]);
        page.Fold(Hostile, Hostile);
        page.Plot(new SvgPlot { Title = Hostile, XLabel = Hostile, YLabel = Hostile, Series = [new PlotSeries(Hostile, Mark.Line, [0, 1], [0, 1])] });
        var html = page.ToString();
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<img", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("alert(\"", html, StringComparison.Ordinal);

        SelfContained.Check(html);
        Assert.Equal(31, Escaped().Count(html));
    }

    [Fact]
    public void Table_aligns_words_left_and_numbers_right_and_lets_long_reasons_wrap()
    {
        var page = new HtmlPage("t");
        page.Table(["figure", "value", "behind"], [["p95", "1.5 s", "41 real calls"], ["cost", "not finite in 3 of 8 seeds of the comparison", "–"]], text: [2]);
        var html = page.ToString();
        Assert.Contains("<tr><th>figure</th><th class=\"n\">value</th><th>behind</th></tr>", html, StringComparison.Ordinal);
        Assert.Contains("<tr><td>p95</td><td class=\"n\">1.5 s</td><td>41 real calls</td></tr>", html, StringComparison.Ordinal);
        Assert.Contains("<td class=\"n long\">not finite in 3", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Contents_link_to_the_sections_of_a_page_with_several()
    {
        var page = new HtmlPage("t");
        page.Section("one");
        page.Section("two");
        Assert.DoesNotContain("<nav>", page.ToString(), StringComparison.Ordinal);
        page.Section("three");
        var html = page.ToString();
        Assert.Contains("<a href=\"#s3\">three</a>", html, StringComparison.Ordinal);
        Assert.Contains("<h2 id=\"s3\">three</h2>", html, StringComparison.Ordinal);
    }

    [GeneratedRegex("&lt;script&gt;")]
    private static partial Regex Escaped();
}
