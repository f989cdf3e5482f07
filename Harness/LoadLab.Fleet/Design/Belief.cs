namespace LoadLab.Fleet.Design;

/// <summary>
/// What is believed of the relative errors of the cells' means before and after measuring: normal, with errors that a device, a shape and a batch size share. Measuring a
/// cell so tells something of its neighbours, as the law that fills the cells between does.
/// </summary>
internal sealed class Belief
{
    // Standard deviations of the logarithm before anything was measured: a device's speed is known to a factor; what a shape and a batch add to the law to some 15 %; a cell beside both to 3 %.
    private const double Device = 0.5;
    private const double Shared = 0.15;
    private const double Own = 0.03;

    private readonly double[,] _covariance;
    private readonly IReadOnlyList<double> _scatter;

    public Belief(IReadOnlyList<DesignCell> cells, IReadOnlyList<double> scatter)
    {
        _scatter = scatter;
        _covariance = new double[cells.Count, cells.Count];
        for (var i = 0; i < cells.Count; i++)
        {
            for (var j = 0; j < cells.Count; j++)
            {
                _covariance[i, j] = (Square(Device) * Is(cells[i].Model == cells[j].Model))
                    + (Square(Shared) * Is((cells[i].Model, cells[i].Shape) == (cells[j].Model, cells[j].Shape)))
                    + (Square(Shared) * Is((cells[i].Model, cells[i].Batch) == (cells[j].Model, cells[j].Batch)))
                    + (Square(Own) * Is(i == j));
            }
        }
    }

    /// <summary>Variance of a weighted sum of the errors.</summary>
    public double Variance(double[] weights) => weights.Select((weight, i) => weight * Toward(weights, i)).Sum();

    /// <summary>By how much the variance of a weighted sum shrinks when a cell is measured so many times.</summary>
    public double Gain(double[] weights, int cell, int times) => Square(Toward(weights, cell)) / (_covariance[cell, cell] + (Square(_scatter[cell]) / times));

    /// <summary>The cell was measured so many times.</summary>
    public void Measure(int cell, int times)
    {
        var n = _covariance.GetLength(0);
        var total = _covariance[cell, cell] + (Square(_scatter[cell]) / times);
        var column = Enumerable.Range(0, n).Select(i => _covariance[i, cell]).ToArray();
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j < n; j++)
            {
                _covariance[i, j] -= column[i] * column[j] / total;
            }
        }
    }

    private double Toward(double[] weights, int cell)
    {
        var sum = 0.0;
        for (var j = 0; j < weights.Length; j++)
        {
            sum += _covariance[cell, j] * weights[j];
        }

        return sum;
    }

    private static double Square(double value) => value * value;

    private static double Is(bool holds) => holds ? 1 : 0;
}
