namespace LoadLab.Reports;

/// <summary>How a series of a plot is drawn.</summary>
public enum Mark
{
    Line,

    /// <summary>A value holds until the next time: gauges, counts.</summary>
    Step,

    /// <summary>A value is the mean since the time before it: shares made of running totals.</summary>
    StepBefore,
    Points,

    /// <summary>Filled from zero, each value one bar as wide as the gap to the next.</summary>
    Bars,

    /// <summary>Filled between <see cref="PlotSeries.Lows"/> and the values.</summary>
    Band,
}

/// <summary>One series of a plot. A value that is not finite breaks a line and leaves out a point.</summary>
/// <param name="Name">In the legend; empty: the title says it all.</param>
/// <param name="Mark">How it is drawn.</param>
/// <param name="Xs">Ascending.</param>
/// <param name="Ys">As many as <paramref name="Xs"/>.</param>
public sealed record PlotSeries(string Name, Mark Mark, IReadOnlyList<double> Xs, IReadOnlyList<double> Ys)
{
    /// <summary>Lower edge of a band, as many as values.</summary>
    public IReadOnlyList<double> Lows { get; init; } = [];

    /// <summary>The part inside a range of x. A step that began before the range or ends after it is drawn to its edge, so that nothing is lost or made up there.</summary>
    internal PlotSeries Inside(double low, double high)
    {
        var xs = new List<double>(Xs.Count);
        var ys = new List<double>(Xs.Count);
        var lows = new List<double>(Lows.Count);
        var steps = Mark is Mark.Step or Mark.StepBefore;
        for (var i = 0; i < Xs.Count; i++)
        {
            if (Xs[i] >= low && Xs[i] <= high)
            {
                if (steps && xs.Count == 0 && i > 0 && Xs[i] > low)
                {
                    Add(low, Mark == Mark.Step ? Ys[i - 1] : Ys[i]);
                }

                Add(Xs[i], Ys[i]);
                if (Lows.Count > 0)
                {
                    lows.Add(Lows[i]);
                }
            }
            else if (steps && Xs[i] > high)
            {
                if (i > 0)
                {
                    AddEdges(i);
                }

                break;
            }
        }

        return this with { Xs = xs, Ys = ys, Lows = lows };

        void Add(double x, double y)
        {
            xs.Add(x);
            ys.Add(y);
        }

        void AddEdges(int past)
        {
            var value = Mark == Mark.Step ? Ys[past - 1] : Ys[past];
            if (xs.Count == 0)
            {
                Add(low, value);
            }

            Add(high, value);
        }
    }
}
