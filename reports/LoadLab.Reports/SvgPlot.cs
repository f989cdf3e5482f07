using System.Globalization;
using System.Net;
using System.Text;

namespace LoadLab.Reports;

/// <summary>How a series of a plot is drawn.</summary>
public enum Mark
{
    Line,

    /// <summary>A value holds until the next time.</summary>
    Step,
    Points,

    /// <summary>Filled from zero, each value one bar as wide as the gap to the next.</summary>
    Bars,

    /// <summary>Filled between values and zero.</summary>
    Area,
}

/// <summary>One series of a plot; NaN breaks a line.</summary>
public sealed record PlotSeries(string Name, Mark Mark, IReadOnlyList<double> Xs, IReadOnlyList<double> Ys);

/// <summary>
/// A plot as inline SVG: no script, no outside file, the same bytes for the same data. Colours come from the page's style sheet, so that it follows light and dark.
/// </summary>
public sealed record SvgPlot
{
    private const int Left = 62;
    private const int Right = 14;
    private const int Top = 12;
    private const int Bottom = 38;
    private const int MostPoints = 1500;

    public required string Title { get; init; }

    public required string XLabel { get; init; }

    public required string YLabel { get; init; }

    public required IReadOnlyList<PlotSeries> Series { get; init; }

    public int Width { get; init; } = 880;

    public int Height { get; init; } = 210;

    /// <summary>Fixed range of x, so that plots under each other share their axis.</summary>
    public (double Low, double High)? XRange { get; init; }

    /// <summary>Upper end of y; absent: from the data. The lower end is 0 unless a value is negative.</summary>
    public double? YHigh { get; init; }

    /// <summary>Marks of one colour class each at given x, with a word: phases, limits.</summary>
    public IReadOnlyList<(double X, string Word)> Events { get; init; } = [];

    public string ToSvg()
    {
        var x = new Scale(XRange ?? Range(Series.SelectMany(series => series.Xs), fromZero: false), Left, Width - Right);
        var (low, high) = Range(Series.SelectMany(series => series.Ys), fromZero: true);
        var y = new Scale((low, YHigh ?? high), Height - Bottom, Top);
        var svg = new StringBuilder();
        svg.Append(Inv($"<svg class=\"plot\" viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{WebUtility.HtmlEncode(Title)}\">\n"));
        Axes(svg, x, y);
        for (var i = 0; i < Series.Count; i++)
        {
            Draw(svg, Series[i], x, y, i);
        }

        foreach (var (at, word) in Events)
        {
            svg.Append(Inv($"<line class=\"event\" x1=\"{x[at]:0.#}\" x2=\"{x[at]:0.#}\" y1=\"{Top}\" y2=\"{Height - Bottom}\"/><text class=\"small\" x=\"{x[at] + 3:0.#}\" y=\"{Top + 9}\">{WebUtility.HtmlEncode(word)}</text>\n"));
        }

        return svg.Append("</svg>\n").ToString();
    }

    /// <summary>The legend as a line of HTML; empty for one series.</summary>
    public string Legend() => Series.Count < 2
        ? ""
        : $"<p class=\"legend\">{string.Join(" ", Series.Select((series, i) => $"<span class=\"key c{i % 6}\">{WebUtility.HtmlEncode(series.Name)}</span>"))}</p>\n";

    private void Axes(StringBuilder svg, Scale x, Scale y)
    {
        foreach (var tick in y.Ticks(5))
        {
            svg.Append(Inv($"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{y[tick]:0.#}\" y2=\"{y[tick]:0.#}\"/><text class=\"tick\" text-anchor=\"end\" x=\"{Left - 6}\" y=\"{y[tick] + 3.5:0.#}\">{Label(tick)}</text>\n"));
        }

        foreach (var tick in x.Ticks(9))
        {
            svg.Append(Inv($"<text class=\"tick\" text-anchor=\"middle\" x=\"{x[tick]:0.#}\" y=\"{Height - Bottom + 14}\">{Label(tick)}</text>\n"));
        }

        svg.Append(Inv($"<line class=\"axis\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Height - Bottom}\" y2=\"{Height - Bottom}\"/>\n"));
        svg.Append(Inv($"<text class=\"label\" text-anchor=\"middle\" x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 5}\">{WebUtility.HtmlEncode(XLabel)}</text>\n"));
        svg.Append(Inv($"<text class=\"label\" text-anchor=\"middle\" transform=\"rotate(-90 12 {(Top + Height - Bottom) / 2})\" x=\"12\" y=\"{(Top + Height - Bottom) / 2}\">{WebUtility.HtmlEncode(YLabel)}</text>\n"));
    }

    private static void Draw(StringBuilder svg, PlotSeries series, Scale x, Scale y, int index)
    {
        var color = $"c{index % 6}";
        switch (series.Mark)
        {
            case Mark.Points:
                foreach (var (px, py) in Thin(series))
                {
                    svg.Append(Inv($"<circle class=\"dot {color}\" cx=\"{x[px]:0.#}\" cy=\"{y[py]:0.#}\" r=\"2\"/>\n"));
                }

                break;
            case Mark.Bars:
                for (var i = 0; i < series.Xs.Count; i++)
                {
                    var width = i + 1 < series.Xs.Count ? series.Xs[i + 1] - series.Xs[i] : i > 0 ? series.Xs[i] - series.Xs[i - 1] : 1;
                    if (double.IsFinite(series.Ys[i]) && series.Ys[i] != 0)
                    {
                        svg.Append(Inv($"<rect class=\"bar {color}\" x=\"{x[series.Xs[i]]:0.##}\" y=\"{y[series.Ys[i]]:0.#}\" width=\"{Math.Max(0.5, x[series.Xs[i] + width] - x[series.Xs[i]] - 0.5):0.##}\" height=\"{y[0] - y[series.Ys[i]]:0.#}\"/>\n"));
                    }
                }

                break;
            default:
                var path = Path(series, x, y);
                var fill = series.Mark == Mark.Area ? "area" : "line";
                svg.Append($"<path class=\"{fill} {color}\" d=\"{path}\"/>\n");
                break;
        }
    }

    private static string Path(PlotSeries series, Scale x, Scale y)
    {
        var path = new StringBuilder();
        (double X, double Y)? last = null;
        foreach (var (px, py) in Thin(series))
        {
            if (!double.IsFinite(py))
            {
                last = null;
                continue;
            }

            if (last is null)
            {
                path.Append(series.Mark == Mark.Area ? Inv($"M{x[px]:0.#} {y[0]:0.#}L") : "M");
            }
            else
            {
                path.Append(series.Mark == Mark.Step ? Inv($"H{x[px]:0.#}L") : "L");
            }

            path.Append(Inv($"{x[px]:0.#} {y[py]:0.#}"));
            last = (px, py);
        }

        if (series.Mark == Mark.Area && last is { } end)
        {
            path.Append(Inv($"L{x[end.X]:0.#} {y[0]:0.#}Z"));
        }

        return path.ToString();
    }

    /// <summary>At most <see cref="MostPoints"/> points: of each run of neighbours the lowest and the highest stay, so no peak is lost.</summary>
    private static IEnumerable<(double X, double Y)> Thin(PlotSeries series)
    {
        var count = series.Xs.Count;
        if (count <= MostPoints)
        {
            for (var i = 0; i < count; i++)
            {
                yield return (series.Xs[i], series.Ys[i]);
            }

            yield break;
        }

        var stride = (int)Math.Ceiling(2.0 * count / MostPoints);
        for (var start = 0; start < count; start += stride)
        {
            var end = Math.Min(count, start + stride);
            var low = start;
            var high = start;
            for (var i = start; i < end; i++)
            {
                low = series.Ys[i] < series.Ys[low] ? i : low;
                high = series.Ys[i] > series.Ys[high] ? i : high;
            }

            yield return (series.Xs[Math.Min(low, high)], series.Ys[Math.Min(low, high)]);
            if (low != high)
            {
                yield return (series.Xs[Math.Max(low, high)], series.Ys[Math.Max(low, high)]);
            }
        }
    }

    private static (double Low, double High) Range(IEnumerable<double> values, bool fromZero)
    {
        var low = double.PositiveInfinity;
        var high = double.NegativeInfinity;
        foreach (var value in values)
        {
            if (double.IsFinite(value))
            {
                low = Math.Min(low, value);
                high = Math.Max(high, value);
            }
        }

        if (low > high)
        {
            return (0, 1);
        }

        low = fromZero ? Math.Min(0, low) : low;
        return high > low ? (low, fromZero ? high + ((high - low) * 0.04) : high) : (low, low + 1);
    }

    private static string Label(double value) => Math.Abs(value) switch
    {
        >= 1e9 => Inv($"{value / 1e9:0.##}G"),
        >= 1e6 => Inv($"{value / 1e6:0.##}M"),
        >= 1e4 => Inv($"{value / 1e3:0.##}k"),
        _ => Inv($"{value:0.####}"),
    };

    private static string Inv(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>Data to pixels.</summary>
    private readonly record struct Scale((double Low, double High) Data, double PixelLow, double PixelHigh)
    {
        public double this[double value] => PixelLow + ((Math.Clamp(value, Data.Low, Data.High) - Data.Low) / Span * (PixelHigh - PixelLow));

        private double Span => Data.High > Data.Low ? Data.High - Data.Low : 1;

        /// <summary>Round values, about <paramref name="count"/> of them.</summary>
        public IEnumerable<double> Ticks(int count)
        {
            var raw = Span / count;
            var power = Math.Pow(10, Math.Floor(Math.Log10(raw)));
            var step = (raw / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 } * power;
            for (var i = (long)Math.Ceiling((Data.Low / step) - 1e-9); i * step <= Data.High + (step * 1e-9); i++)
            {
                yield return i * step;
            }
        }
    }
}
