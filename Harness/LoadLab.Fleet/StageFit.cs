using LoadLab.Serving.Profiles;

namespace LoadLab.Fleet;

/// <summary>
/// Fits a <see cref="StageLaw"/> to the measured cells of one model: each stage's terms and the factors of the batch sizes in turn, by robust relative least squares
/// with terms that are not negative.
/// </summary>
internal static class StageFit
{
    private const int Turns = 20;

    /// <summary>What a law misses of a cell however often it was measured, for the weights.</summary>
    private const double Misfit = 0.01;

    /// <summary>What single times scatter where too few were measured to tell.</summary>
    private const double UsualScatter = 0.05;

    /// <summary>The law with its errors; null without a cell.</summary>
    /// <param name="cells">Of one model.</param>
    public static StageLaw? Of(IReadOnlyList<MeasuredCell> cells)
    {
        if (cells.Count == 0)
        {
            return null;
        }

        var law = Fit(cells);
        return law with
        {
            Error = Told(cells).Average(cell => Miss(law, cell)!.Value),
            HeldOutError = HeldOut(cells),
            Ratios = Ratios(cells),
        };
    }

    /// <summary>What single times of these cells scatter, a cell weighing as many as it has; for cells that were measured once or twice.</summary>
    public static double Scatter(IEnumerable<MeasuredCell> cells)
    {
        var known = cells.Where(cell => cell.Scatter is not null).ToList();
        return known.Count == 0 ? UsualScatter : Math.Sqrt(known.Sum(cell => cell.Scatter!.Value * cell.Scatter.Value * cell.Batches.Count) / known.Sum(cell => cell.Batches.Count));
    }

    /// <summary>Each cell against the law of the others, where that covers it; null when it covers none.</summary>
    private static double? HeldOut(IReadOnlyList<MeasuredCell> cells)
    {
        var errors = cells.Count < 3 ? [] : Told(cells).Select(cell => Miss(Fit([.. cells.Where(other => other != cell)]), cell)).OfType<double>().ToList();
        return errors.Count == 0 ? null : errors.Average();
    }

    /// <summary>The cells that say how wrong a law is: one measured once or twice is less known than the law.</summary>
    private static IReadOnlyList<MeasuredCell> Told(IReadOnlyList<MeasuredCell> cells) =>
        cells.Where(cell => cell.Batches.Count >= Outliers.Least).ToList() is { Count: > 0 } often ? often : cells;

    private static double? Miss(StageLaw law, MeasuredCell cell) => law.Of(cell.Shape, cell.Size) is { } time ? Math.Abs((time.Whole.MeanS / cell.Whole) - 1) : null;

    /// <summary>The law alone.</summary>
    public static StageLaw Fit(IReadOnlyList<MeasuredCell> cells)
    {
        var model = cells[0].Model;
        var pixels = StageLaw.TokenPixelsOf(model);
        var scatter = Scatter(cells);
        double Tokens(MeasuredCell cell) => StageLaw.TokensOf(cell.Shape, pixels);
        var weights = cells.Select(cell => 1 / (Math.Pow(cell.StandardError(scatter), 2) + (Misfit * Misfit))).ToArray();
        double[] Denoising(MeasuredCell cell) => [cell.Shape.Forwards, cell.Shape.Forwards * Tokens(cell), cell.Shape.Forwards * Tokens(cell) * Tokens(cell)];
        double[] Decoding(MeasuredCell cell) => [1, cell.Shape.Pixels];
        var split = cells.All(cell => cell is { Text: not null, Denoise: not null, Decode: not null });
        var text = split ? new Stage(cells, weights, _ => [1], cell => cell.Text!.Value) : null;
        var denoise = split ? new Stage(cells, weights, Denoising, cell => cell.Denoise!.Value) : new Stage(cells, weights, cell => [.. Denoising(cell), .. Decoding(cell)], cell => cell.Whole);
        var decode = split ? new Stage(cells, weights, Decoding, cell => cell.Decode!.Value) : null;
        return new StageLaw
        {
            Model = model,
            TokenPixels = pixels,
            Split = split,
            TextS = text?.Terms[0] ?? 0,
            StepFixedS = denoise.Terms[0],
            StepPerTokenS = denoise.Terms[1],
            StepPerTokenSquaredS = denoise.Terms[2],
            DecodeFixedS = decode?.Terms[0] ?? denoise.Terms[3],
            DecodePerPixelS = decode?.Terms[1] ?? denoise.Terms[4],
            Batches = [.. denoise.Factors.Select(pair => new BatchFactor { Batch = pair.Key, Text = (text ?? denoise).Factors[pair.Key], Denoise = pair.Value, Decode = (decode ?? denoise).Factors[pair.Key] })],
            Range = new LawRange
            {
                Tokens = Bounds.Of(cells.Select(Tokens)),
                Steps = Bounds.Of(cells.Select(cell => (double)cell.Shape.Steps)),
                Frames = Bounds.Of(cells.Select(cell => (double)cell.Shape.Frames)),
                Batch = Bounds.Of(cells.Select(cell => (double)cell.Size)),
            },
            Calls = cells.Sum(cell => cell.Batches.Count * cell.Size),
            Cells = cells.Count,
        };
    }

    /// <summary>Single times over the mean of their cell, of the cells that were measured often enough to have one.</summary>
    private static IReadOnlyList<double> Ratios(IReadOnlyList<MeasuredCell> cells)
    {
        var all = cells.Where(cell => cell.Batches.Count >= Outliers.Least).SelectMany(cell => cell.Batches.Select(batch => batch.Whole / cell.Whole)).ToList();
        return all.Count == 0 ? [] : SampledTime.Of(all).Ratios;
    }

    /// <summary>The terms of a stage and what each batch size multiplies them by.</summary>
    private sealed class Stage
    {
        public Stage(IReadOnlyList<MeasuredCell> cells, double[] weights, Func<MeasuredCell, double[]> columns, Func<MeasuredCell, double> seconds)
        {
            // A stage that took no time at all says nothing of itself.
            var told = cells.Select((cell, index) => (Cell: cell, Weight: weights[index], Columns: columns(cell), Seconds: seconds(cell))).Where(row => row.Seconds > 0).ToList();
            foreach (var size in cells.Select(cell => cell.Size))
            {
                Factors[size] = size;
            }

            Terms = new double[columns(cells[0]).Length];
            for (var turn = 0; told.Count > 0 && turn < Turns; turn++)
            {
                Terms = NonNegativeFit.Of([.. told.Select(row => row.Columns.Select(column => column * Factors[row.Cell.Size]).ToArray())], [.. told.Select(row => row.Seconds)], [.. told.Select(row => row.Weight)]);
                if (Factors.Count == 1)
                {
                    break;
                }

                foreach (var group in told.GroupBy(row => row.Cell.Size))
                {
                    var rows = group.ToList();
                    Factors[group.Key] = 1 / NonNegativeFit.Of([.. rows.Select(row => new[] { row.Seconds })], [.. rows.Select(row => Of(row.Columns))], [.. rows.Select(row => row.Weight)])[0];
                }

                // The least size keeps its own number: a single job is 1.
                var unit = Factors.Keys.First() / Factors.Values.First();
                foreach (var size in Factors.Keys.ToList())
                {
                    Factors[size] *= unit;
                }
            }
        }

        public double[] Terms { get; private set; }

        public SortedDictionary<int, double> Factors { get; } = [];

        private double Of(double[] columns) => columns.Zip(Terms, (column, term) => column * term).Sum();
    }
}
