namespace LoadLab.Planning;

/// <summary>How far a predictor is off on figures that it was not shown.</summary>
/// <param name="Name">What was crossed to reach the hidden figure, for example resolution.</param>
/// <param name="Hidden">What was hidden, in words.</param>
/// <param name="Predictions">Made, each with its figure hidden.</param>
/// <param name="Median">Of the relative errors, as a share.</param>
/// <param name="Mean">As <paramref name="Median"/>.</param>
/// <param name="Worst">As <paramref name="Median"/>.</param>
/// <param name="WorstCell">The figure of that error.</param>
/// <param name="NaiveMedian">Of the naive predictor on the same figures.</param>
/// <param name="NaiveWorst">Of the naive predictor on the same figures.</param>
public sealed record HeldOutLine(string Name, string Hidden, int Predictions, double Median, double Mean, double Worst, string WorstCell, double NaiveMedian, double NaiveWorst)
{
    internal static HeldOutLine Of(string name, string hidden, IReadOnlyList<HeldOutFigure> figures)
    {
        var worst = figures.MaxBy(figure => Math.Abs(figure.Error))!;
        double[] errors = [.. figures.Select(figure => Math.Abs(figure.Error))];
        double[] naive = [.. figures.Select(figure => Math.Abs(figure.NaiveError))];
        return new HeldOutLine(name, hidden, figures.Count, MedianOf(errors), errors.Average(), Math.Abs(worst.Error), worst.Figure, MedianOf(naive), naive.Max());
    }

    internal static double MedianOf(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }
}
