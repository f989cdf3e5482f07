using System.Globalization;
using System.Net;
using System.Text;

namespace LoadLab.Reports;

/// <summary>
/// A plot as inline SVG: no script, no outside file, the same bytes for the same data. Colours come from the page's style sheet, so that it follows light and dark.
/// </summary>
public sealed record SvgPlot
{
    internal const int Left = 62;
    internal const int Right = 14;
    private const int Top = 12;
    private const int Bottom = 38;

    public required string Title { get; init; }

    public required string XLabel { get; init; }

    public required string YLabel { get; init; }

    /// <summary>Those without any point are neither drawn nor in the legend.</summary>
    public required IReadOnlyList<PlotSeries> Series { get; init; }

    public int Width { get; init; } = 880;

    public int Height { get; init; } = 210;

    /// <summary>Fixed range of x, so that plots under each other share their axis; what lies outside is not drawn.</summary>
    public (double Low, double High)? XRange { get; init; }

    /// <summary>Upper end of y; absent: from the data. The lower end is 0 unless a value is negative.</summary>
    public double? YHigh { get; init; }

    /// <summary>Whether x counts something, so that ticks between whole numbers say nothing.</summary>
    public bool WholeX { get; init; }

    /// <summary>The same of y.</summary>
    public bool WholeY { get; init; }

    public string ToSvg()
    {
        var drawn = Drawn();
        var (x, y) = Scales(drawn);
        var svg = new StringBuilder();
        svg.Append(Inv($"<svg class=\"plot\" viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{WebUtility.HtmlEncode(Title)}\">\n"));
        Axes(svg, x, y);
        for (var i = 0; i < drawn.Count; i++)
        {
            new SeriesPath(drawn[i], x, y, $"c{i % 6}").Draw(svg);
        }

        if (drawn.Count == 0)
        {
            svg.Append(Inv($"<text class=\"label\" text-anchor=\"middle\" x=\"{(Left + Width - Right) / 2}\" y=\"{(Top + Height - Bottom) / 2}\">nothing recorded</text>\n"));
        }

        return svg.Append("</svg>\n").ToString();
    }

    /// <summary>The legend as a line of HTML; empty when no series drawn has a name.</summary>
    public string Legend()
    {
        var keys = Drawn().Select((series, i) => (series.Name, Color: i % 6)).Where(key => key.Name.Length > 0)
            .Select(key => $"<span class=\"key c{key.Color}\">{WebUtility.HtmlEncode(key.Name)}</span>").ToList();
        return keys.Count == 0 ? "" : $"<p class=\"legend\">{string.Join(" ", keys)}</p>\n";
    }

    private List<PlotSeries> Drawn() =>
        [.. Series.Select(series => XRange is { } range ? series.Inside(range.Low, range.High) : series).Where(series => series.Xs.Count > 0)];

    private (Scale X, Scale Y) Scales(List<PlotSeries> drawn)
    {
        var across = XRange ?? Scale.RangeOf(drawn.SelectMany(series => series.Xs));
        var up = Scale.RangeOf(drawn.SelectMany(series => series.Ys.Concat(series.Lows)));
        var low = Math.Min(0, up.Low);
        var high = Math.Max(0, up.High);
        return (
            new Scale(across.Low, across.High, Left, Width - Right),
            new Scale(low, YHigh ?? high + ((high - low) * 0.04), Height - Bottom, Top));
    }

    private void Axes(StringBuilder svg, Scale x, Scale y)
    {
        foreach (var (value, word) in y.Ticks(5, WholeY ? 1 : 0))
        {
            svg.Append(Inv($"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{y[value]:0.#}\" y2=\"{y[value]:0.#}\"/><text class=\"tick\" text-anchor=\"end\" x=\"{Left - 6}\" y=\"{y[value] + 3.5:0.#}\">{word}</text>\n"));
        }

        foreach (var (value, word) in x.Ticks(9, WholeX ? 1 : 0))
        {
            svg.Append(Inv($"<line class=\"axis\" x1=\"{x[value]:0.#}\" x2=\"{x[value]:0.#}\" y1=\"{Height - Bottom}\" y2=\"{Height - Bottom + 3}\"/><text class=\"tick\" text-anchor=\"middle\" x=\"{x[value]:0.#}\" y=\"{Height - Bottom + 14}\">{word}</text>\n"));
        }

        svg.Append(Inv($"<line class=\"axis\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{y[0]:0.#}\" y2=\"{y[0]:0.#}\"/>\n"));
        svg.Append(Inv($"<text class=\"label\" text-anchor=\"middle\" x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 5}\">{WebUtility.HtmlEncode(XLabel)}</text>\n"));
        svg.Append(Inv($"<text class=\"label\" text-anchor=\"middle\" transform=\"rotate(-90 12 {(Top + Height - Bottom) / 2})\" x=\"12\" y=\"{(Top + Height - Bottom) / 2}\">{WebUtility.HtmlEncode(YLabel)}</text>\n"));
    }

    private static string Inv(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
