using MathNet.Numerics.LinearAlgebra;

namespace LoadLab.Planning;

/// <summary>
/// Seconds of a cell of the published table from the other cells. The logarithm of the time is a sum: how fast the GPU is with the model, 720p over 480p, GPUs (a line in ln n for each model and one bend between 1 and 8),
/// the image; then, drawn towards zero, size x GPUs and both of them x the GPU's speed (the faster the GPU, the more of its time is work that does not scale with it); then, drawn towards zero far more, what is the GPU's own.
/// Fitted by ridge regression in two passes, the first without the GPUs' speeds, which it yields.
/// </summary>
public sealed class CellPredictor
{
    /// <summary>Penalty that only keeps the equations solvable where a hidden cell leaves a term without data.</summary>
    private const double Free = 1e-9;

    private static readonly double s_logMost = Math.Log(MostGpus);

    private readonly List<(string Gpu, string Family)> _groups;
    private readonly List<string> _families;
    private readonly Vector<double> _weights;
    private readonly double[] _slowness;
    private readonly RidgePenalties _penalties;

    /// <param name="known">Cells with their seconds; at least one of each GPU and model that will be asked for.</param>
    /// <param name="penalties">Null for the default.</param>
    public CellPredictor(IReadOnlyList<PublishedCell> known, RidgePenalties? penalties = null)
    {
        _penalties = penalties ?? new RidgePenalties();
        _groups = [.. known.Select(GroupOf).Distinct()];
        _families = [.. known.Select(cell => cell.Family).Distinct()];
        _slowness = new double[_groups.Count];
        _weights = Fit(known);
        for (var i = 0; i < _groups.Count; i++)
        {
            var family = _groups[i].Family;
            _slowness[i] = _weights[i] - _groups.Index().Where(group => group.Item.Family == family).Average(group => _weights[group.Index]);
        }

        _weights = Fit(known);
    }

    /// <summary>GPUs of the largest replica of the table.</summary>
    public const int MostGpus = 8;

    /// <summary>Whether a cell of that GPU and model was known: without one nothing is said.</summary>
    public bool Knows(PublishedCell cell) => _groups.Contains(GroupOf(cell));

    /// <summary>Seconds of one clip.</summary>
    public double Seconds(PublishedCell cell) => Knows(cell) && cell.Gpus is >= 1 and <= MostGpus
        ? Math.Exp(Terms(cell).Select((term, i) => term.Value * _weights[i]).Sum())
        : throw new ArgumentOutOfRangeException(nameof(cell), cell, "outside the table");

    private Vector<double> Fit(IReadOnlyList<PublishedCell> known)
    {
        var rows = known.Select(Terms).ToList();
        var terms = Matrix<double>.Build.Dense(rows.Count, rows[0].Count, (row, term) => rows[row][term].Value);
        var penalties = Matrix<double>.Build.DenseOfDiagonalArray([.. rows[0].Select(term => term.Penalty)]);
        var logs = Vector<double>.Build.DenseOfEnumerable(known.Select(cell => Math.Log(cell.Seconds)));
        return ((terms.Transpose() * terms) + penalties).Solve(terms.Transpose() * logs);
    }

    private List<(double Penalty, double Value)> Terms(PublishedCell cell)
    {
        var group = _groups.IndexOf(GroupOf(cell));
        var size = cell.Is720P ? 1.0 : 0.0;
        var line = Math.Log(cell.Gpus);

        // 0 at 1 and 8 GPUs, 1 at 4 (and at 2).
        var bend = line * (s_logMost - line) / (Math.Log(4) * Math.Log(2));
        return
        [
            .. _groups.Select((_, i) => (Free, i == group ? 1.0 : 0)),
            .. _families.Select(family => (Free, family == cell.Family ? line : 0)),
            (Free, size),
            (Free, bend),
            (Free, cell.FromImage ? 1 : 0),
            (_penalties.Shared, size * line),
            (_penalties.Shared, size * _slowness[group]),
            (_penalties.Shared, line * _slowness[group]),
            .. _groups.SelectMany((_, i) => new[] { size, line, bend }.Select(value => (_penalties.Own, i == group ? value : 0))),
        ];
    }

    private static (string Gpu, string Family) GroupOf(PublishedCell cell) => (cell.Gpu, cell.Family);
}
