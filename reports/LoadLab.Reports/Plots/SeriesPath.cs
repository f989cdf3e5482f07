using System.Globalization;
using System.Text;

namespace LoadLab.Reports;

/// <summary>One series as SVG elements, each series in bounded size.</summary>
internal readonly record struct SeriesPath(PlotSeries Series, Scale X, Scale Y, string Color)
{
    // A dot covers four pixels: of a great many, one in each cell of this size looks the same.
    private const int Cell = 3;

    private bool IsMany => Series.Xs.Count > Thinning.MostPoints;

    public void Draw(StringBuilder svg)
    {
        switch (Series.Mark)
        {
            case Mark.Points:
                svg.Append($"<path class=\"dot {(IsMany ? "many " : "")}{Color}\" d=\"{Dots()}\"/>\n");
                break;
            case Mark.Bars:
                Bars(svg);
                break;
            case Mark.Band:
                svg.Append($"<path class=\"area {Color}\" d=\"{Band()}\"/>\n");
                break;
            default:
                svg.Append($"<path class=\"line {Color}\" d=\"{Line()}\"/>\n");
                break;
        }
    }

    /// <summary>A stroke of no length with round ends is a dot.</summary>
    private string Dots()
    {
        var path = new StringBuilder();
        var taken = IsMany ? new HashSet<(int, int)>() : null;
        for (var i = 0; i < Series.Xs.Count; i++)
        {
            if (!IsDrawn(i))
            {
                continue;
            }

            var (x, y) = (X[Series.Xs[i]], Y[Series.Ys[i]]);
            if (taken is null || taken.Add(((int)x / Cell, (int)y / Cell)))
            {
                path.Append(Inv($"M{x:0.#} {y:0.#}h0"));
            }
        }

        return path.ToString();
    }

    private void Bars(StringBuilder svg)
    {
        for (var i = 0; i < Series.Xs.Count; i++)
        {
            if (!IsDrawn(i) || Series.Ys[i] == 0)
            {
                continue;
            }

            var from = X[Series.Xs[i]];
            var to = X[Series.Xs[i] + BarWidth(i)];
            var (a, b) = (Y[0], Y[Series.Ys[i]]);
            svg.Append(Inv($"<rect class=\"bar {Color}\" x=\"{from:0.##}\" y=\"{Math.Min(a, b):0.#}\" width=\"{Math.Max(0.5, to - from - 0.5):0.##}\" height=\"{Math.Abs(a - b):0.#}\"/>\n"));
        }
    }

    private double BarWidth(int i) => (i, Series.Xs.Count) switch
    {
        (_, 1) => 1,
        var (last, count) when last == count - 1 => Series.Xs[last] - Series.Xs[last - 1],
        _ => Series.Xs[i + 1] - Series.Xs[i],
    };

    private string Line()
    {
        var path = new StringBuilder();
        var open = false;
        foreach (var i in Thinning.OfLine(Series.Ys))
        {
            if (!IsDrawn(i))
            {
                open = false;
                continue;
            }

            var (x, y) = (X[Series.Xs[i]], Y[Series.Ys[i]]);
            path.Append((open, Series.Mark) switch
            {
                (false, _) => Inv($"M{x:0.#} {y:0.#}h0"),
                (_, Mark.Step) => Inv($"H{x:0.#}V{y:0.#}"),
                (_, Mark.StepBefore) => Inv($"V{y:0.#}H{x:0.#}"),
                _ => Inv($"L{x:0.#} {y:0.#}"),
            });
            open = true;
        }

        return path.ToString();
    }

    private string Band()
    {
        var there = new StringBuilder();
        var back = new StringBuilder();
        for (var i = 0; i < Series.Xs.Count; i++)
        {
            if (IsDrawn(i) && Scale.IsDrawn(Series.Lows[i]))
            {
                there.Append(Inv($"{(there.Length == 0 ? 'M' : 'L')}{X[Series.Xs[i]]:0.#} {Y[Series.Ys[i]]:0.#}"));
                back.Insert(0, Inv($"L{X[Series.Xs[i]]:0.#} {Y[Series.Lows[i]]:0.#}"));
            }
        }

        return there.Length == 0 ? "" : $"{there}{back}Z";
    }

    private bool IsDrawn(int i) => Scale.IsDrawn(Series.Xs[i]) && Scale.IsDrawn(Series.Ys[i]);

    private static string Inv(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
