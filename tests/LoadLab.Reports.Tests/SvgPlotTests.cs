using System.Globalization;
using System.Text.RegularExpressions;

namespace LoadLab.Reports.Tests;

public sealed partial class SvgPlotTests
{
    [Fact]
    public void Line_maps_its_data_to_the_corners_of_the_plot()
    {
        var path = Paths(Plot(Mark.Line, [0, 10], [0, 4]) with { YHigh = 4 }).Single();
        Assert.Equal("M62 172h0L866 12", path);
    }

    [Fact]
    public void Line_is_broken_by_a_value_that_is_not_a_number()
    {
        var path = Paths(Plot(Mark.Line, [0, 1, 2, 3, 4], [1, 1, double.NaN, 1, 1])).Single();
        Assert.Equal(2, path.Count(c => c == 'M'));
        Assert.Equal(2, path.Count(c => c == 'L'));
    }

    [Theory]
    [InlineData(Mark.Line)]
    [InlineData(Mark.Step)]
    [InlineData(Mark.StepBefore)]
    [InlineData(Mark.Points)]
    [InlineData(Mark.Bars)]
    public void Values_that_are_not_finite_leave_no_trace_of_themselves(Mark mark)
    {
        var svg = Plot(mark, [0, 1, 2, 3, 4], [1, double.PositiveInfinity, double.NegativeInfinity, double.NaN, 2]).ToSvg();
        Assert.DoesNotContain("NaN", svg, StringComparison.Ordinal);
        Assert.DoesNotContain("∞", svg, StringComparison.Ordinal);
        Assert.DoesNotContain("Infinity", svg, StringComparison.Ordinal);
        Assert.Contains(">2<", svg, StringComparison.Ordinal);
    }

    [Fact]
    public void Step_holds_its_value_until_the_next_time_and_StepBefore_back_to_the_time_before()
    {
        var hold = Paths(Plot(Mark.Step, [0, 5, 10], [0, 4, 0]) with { YHigh = 4 }).Single();
        var before = Paths(Plot(Mark.StepBefore, [0, 5, 10], [0, 4, 0]) with { YHigh = 4 }).Single();
        Assert.Equal("M62 172h0H464V12H866V172", hold);
        Assert.Equal("M62 172h0V12H464V172H866", before);
    }

    [Fact]
    public void Steps_that_reach_over_the_range_are_drawn_to_its_edges_and_no_further()
    {
        var hold = Paths(Plot(Mark.Step, [-5, 5, 15], [1, 2, 4]) with { XRange = (0, 10), YHigh = 4 }).Single();
        var before = Paths(Plot(Mark.StepBefore, [-5, 5, 15], [1, 2, 4]) with { XRange = (0, 10), YHigh = 4 }).Single();
        Assert.Equal("M62 132h0H464V92H866V92", hold);
        Assert.Equal("M62 92h0V92H464V12H866", before);
    }

    [Fact]
    public void Step_with_all_its_rows_outside_the_range_shows_what_held_inside()
    {
        Assert.Equal("M62 132h0H866V132", Paths(Plot(Mark.Step, [-5, 15], [1, 4]) with { XRange = (0, 10), YHigh = 4 }).Single());
    }

    [Fact]
    public void Points_outside_the_range_are_left_out()
    {
        var path = Paths(Plot(Mark.Points, [-1, 5, 11], [1, 1, 1]) with { XRange = (0, 10) }).Single();
        Assert.Equal(1, path.Count(c => c == 'M'));
        Assert.StartsWith("M464 ", path, StringComparison.Ordinal);
    }

    [Fact]
    public void Series_without_points_is_neither_drawn_nor_in_the_legend()
    {
        var plot = Plot(Mark.Points, [1], [1]) with { Series = [new PlotSeries("here", Mark.Points, [1], [1]), new PlotSeries("absent", Mark.Points, [], [])] };
        Assert.Contains("here", plot.Legend(), StringComparison.Ordinal);
        Assert.DoesNotContain("absent", plot.Legend(), StringComparison.Ordinal);
        Assert.Single(Paths(plot));
    }

    [Fact]
    public void Plot_without_any_point_says_that_nothing_was_recorded()
    {
        var plot = Plot(Mark.Line, [], []);
        Assert.Contains("nothing recorded", plot.ToSvg(), StringComparison.Ordinal);
        Assert.Equal("", plot.Legend());
        Assert.DoesNotContain("nothing recorded", Plot(Mark.Line, [1], [1]).ToSvg(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(-5)]
    [InlineData(1e20)]
    [InlineData(-1e20)]
    [InlineData(1e-300)]
    public void Single_point_of_any_size_has_ticks_and_lies_inside(double value)
    {
        var plot = Plot(Mark.Points, [value], [value]);
        var svg = plot.ToSvg();
        var (x, y) = Dots(plot).Single();
        Assert.InRange(x, 62, 866);
        Assert.InRange(y, 12, 172);
        Assert.InRange(Ticks().Count(svg), 2, 20);
        Assert.DoesNotContain("NaN", svg, StringComparison.Ordinal);
    }

    [Fact]
    public void Negative_bar_hangs_from_the_zero_line()
    {
        var svg = Plot(Mark.Bars, [0, 1, 2], [2, -2, 2]).ToSvg();
        Assert.DoesNotContain("height=\"-", svg, StringComparison.Ordinal);
        var zero = Number(svg, "class=\"axis\" x1=\"62\" x2=\"866\" y1=\"([0-9.]+)\"");
        Assert.Equal(zero, Number(svg, "class=\"bar c0\" x=\"464\" y=\"([0-9.]+)\""), 1);
    }

    [Theory]
    [InlineData(0, 10, "0 2 4 6 8 10")]
    [InlineData(0, 1, "0 0.2 0.4 0.6 0.8 1")]
    [InlineData(-1, 1, "-1 -0.5 0 0.5 1")]
    [InlineData(0, 86_400, "0 20k 40k 60k 80k")]
    [InlineData(0, 3e-6, "0 1E-6 2E-6 3E-6")]
    [InlineData(1_000_000, 1_000_010, "1M 1.000002M 1.000004M 1.000006M 1.000008M 1.00001M")]
    [InlineData(0, 4e9, "0 1G 2G 3G 4G")]
    public void Ticks_are_round_and_told_apart(double low, double high, string expected)
    {
        Assert.Equal(expected, string.Join(' ', new Scale(low, high, 0, 100).Ticks(5).Select(tick => tick.Word)));
    }

    [Fact]
    public void Axis_that_counts_has_no_ticks_between_whole_numbers()
    {
        var plot = Plot(Mark.Step, [0, 2], [0, 1]);
        Assert.Contains(">0.5<", plot.ToSvg(), StringComparison.Ordinal);
        Assert.DoesNotContain(">0.5<", (plot with { WholeX = true, WholeY = true }).ToSvg(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(double.NaN, 1)]
    [InlineData(0, double.PositiveInfinity)]
    [InlineData(5, 5)]
    [InlineData(5, 1)]
    [InlineData(-1e99, 1e99)]
    [InlineData(1e99, 1e99)]
    public void Scale_of_any_range_has_a_bounded_number_of_ticks_inside_its_pixels(double low, double high)
    {
        var scale = new Scale(low, high, 0, 100);
        var ticks = scale.Ticks(5).Take(100).ToList();
        Assert.InRange(ticks.Count, 1, 12);
        Assert.All(ticks, tick => Assert.InRange(scale[tick.Value], 0, 100));
    }

    [Fact]
    public void Line_thinned_keeps_every_peak_and_both_ends_within_its_bound()
    {
        double[] ys = [.. Enumerable.Range(0, 30_000).Select(i => i % 5000 == 2500 ? 100.0 : i % 5000 == 3333 ? -50.0 : 1)];
        ys[17] = double.NaN;
        int[] kept = [.. Thinning.OfLine(ys)];
        Assert.InRange(kept.Length, 700, Thinning.MostPoints + 2);
        Assert.Equal(kept.Order(), kept);
        Assert.Equal(kept.Distinct(), kept);
        Assert.Equal(0, kept[0]);
        Assert.Equal(29_999, kept[^1]);
        Assert.Equal(6, kept.Count(i => ys[i] == 100));
        Assert.Equal(6, kept.Count(i => ys[i] == -50));
    }

    [Fact]
    public void Line_thinned_still_breaks_where_a_long_stretch_is_missing()
    {
        double[] ys = [.. Enumerable.Range(0, 10_000).Select(i => i is >= 4000 and < 6000 ? double.NaN : 1.0)];
        var path = Paths(Plot(Mark.Line, [.. Enumerable.Range(0, ys.Length).Select(i => (double)i)], ys)).Single();
        Assert.Equal(2, path.Count(c => c == 'M'));
    }

    [Fact]
    public void Thirty_thousand_points_are_drawn_in_bounded_size_with_their_spread_and_their_peak()
    {
        var random = new Random(1);
        double[] xs = [.. Enumerable.Range(0, 30_000).Select(i => (double)i)];
        double[] ys = [.. xs.Select(_ => random.NextDouble())];
        ys[12_345] = 5;
        var plot = Plot(Mark.Points, xs, ys) with { YHigh = 5 };
        Assert.InRange(plot.ToSvg().Length, 10_000, 250_000);
        var dots = Dots(plot);
        Assert.Contains(dots, dot => dot.Y < 16);
        var band = dots.Where(dot => dot.Y > 20).ToList();
        Assert.InRange(band.Count, 1000, 20_000);
        Assert.Equal(156, band.Average(dot => dot.Y), 3.0);
    }

    [Fact]
    public void Band_goes_along_its_highs_and_back_along_its_lows()
    {
        var plot = Plot(Mark.Band, [0, 10], [4, 4]) with { YHigh = 4, Series = [new PlotSeries("interval", Mark.Band, [0, 10], [4, 4]) { Lows = [0, 2] }] };
        Assert.Equal("M62 12L866 12L866 92L62 172Z", Paths(plot).Single());
    }

    [Fact]
    public void Names_and_labels_are_escaped()
    {
        var plot = Plot(Mark.Line, [0], [0]) with { Title = "a\"><script>", XLabel = "<b>", YLabel = "&", Series = [new PlotSeries("<i>", Mark.Line, [0], [0])] };
        var text = plot.ToSvg() + plot.Legend();
        Assert.DoesNotContain("<script>", text, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>", text, StringComparison.Ordinal);
        Assert.DoesNotContain("<i>", text, StringComparison.Ordinal);
        Assert.Contains("aria-label=\"a&quot;&gt;&lt;script&gt;\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Same_data_gives_the_same_bytes_in_any_culture()
    {
        var plot = Plot(Mark.Line, [0.5, 1.25], [0.1, 0.7]);
        var once = plot.ToSvg();
        var before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = new CultureInfo("") { NumberFormat = { NumberDecimalSeparator = "," } };
            Assert.Equal(once, plot.ToSvg());
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    private static SvgPlot Plot(Mark mark, double[] xs, double[] ys) => new()
    {
        Title = "t",
        XLabel = "x",
        YLabel = "y",
        Series = [new PlotSeries("s", mark, xs, ys)],
    };

    private static List<string> Paths(SvgPlot plot) => [.. PathData().Matches(plot.ToSvg()).Select(match => match.Groups[1].Value)];

    private static List<(double X, double Y)> Dots(SvgPlot plot) =>
        [.. Moves().Matches(Paths(plot).Single()).Select(match => (Parse(match.Groups[1].Value), Parse(match.Groups[2].Value)))];

    private static double Number(string text, string pattern) => Parse(Regex.Match(text, pattern).Groups[1].Value);

    private static double Parse(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    [GeneratedRegex(" d=\"([^\"]*)\"")]
    private static partial Regex PathData();

    [GeneratedRegex("M([0-9.]+) ([0-9.]+)")]
    private static partial Regex Moves();

    [GeneratedRegex("class=\"tick\"")]
    private static partial Regex Ticks();
}
