namespace LoadLab.Planning;

/// <summary>
/// Leave-one-out over the published table. Whatever is hidden, the image-to-video figures of the same cells are hidden with it: they repeat their twins within a few percent and would give the answer away.
/// </summary>
public sealed class CellHoldOut
{
    private readonly IReadOnlyList<PublishedCell> _cells;
    private readonly Dictionary<string, CellPredictor> _fitted = [];

    private readonly RidgePenalties? _penalties;

    /// <param name="cells">The table.</param>
    /// <param name="penalties">Null for the default.</param>
    public CellHoldOut(IReadOnlyList<PublishedCell> cells, RidgePenalties? penalties = null)
    {
        (_cells, _penalties) = (cells, penalties);
        Cell = Each(_cells, (cell, other) => other.IsCellOf(cell));
        Resolution = Each(cells.Where(cell => HasOther(cell, other => other.Is720P != cell.Is720P)), (cell, other) => OfGroup(cell, other) && other.Is720P == cell.Is720P);
        Count = Each(cells, (cell, other) => OfGroup(cell, other) && other.Gpus == cell.Gpus);
        Kind = [.. cells.Where(cell => cells.Any(other => other.Family == cell.Family && other.Gpu != cell.Gpu)).SelectMany(KindOf)];
        Lines =
        [
            HeldOutLine.Of("one cell", "the cell alone", Cell),
            HeldOutLine.Of("resolution", "every figure of that GPU at that resolution: the GPU was never seen at it", Resolution),
            HeldOutLine.Of("GPU count", "every figure of that GPU at that count: it was never seen on so many", Count),
            HeldOutLine.Of("GPU kind", "every figure of that GPU but one, each in its turn: a new kind, of which one call was made", Kind),
        ];
    }

    /// <summary>One cell, resolution, GPU count and GPU kind.</summary>
    public IReadOnlyList<HeldOutLine> Lines { get; }

    /// <summary>In the order of the table.</summary>
    public IReadOnlyList<HeldOutFigure> Cell { get; }

    public IReadOnlyList<HeldOutFigure> Resolution { get; }

    public IReadOnlyList<HeldOutFigure> Count { get; }

    /// <summary>Each figure of a kind once for every figure that it was predicted from.</summary>
    public IReadOnlyList<HeldOutFigure> Kind { get; }

    /// <summary>The line of a kind of GPU of which one figure is known.</summary>
    public HeldOutLine KindLine => Lines[^1];

    /// <summary>The line that tells how far off the prediction of a cell is: what has to be crossed to reach it.</summary>
    public HeldOutLine LineOf(PublishedCell cell) => Lines.First(line => line.Name ==
        (HasOther(cell, other => other.Gpus == cell.Gpus && other.Is720P == cell.Is720P) ? "one cell" : HasOther(cell, other => other.Is720P == cell.Is720P) ? "GPU count" : "resolution"));

    private IEnumerable<HeldOutFigure> KindOf(PublishedCell cell) =>
        _cells.Where(anchor => OfGroup(cell, anchor) && !anchor.FromImage && !anchor.IsCellOf(cell)).Select(anchor =>
            Figure(cell, other => OfGroup(cell, other) && other != anchor, FormattableString.Invariant($"{cell} from {anchor.Size} on {anchor.Gpus}")));

    private List<HeldOutFigure> Each(IEnumerable<PublishedCell> cells, Func<PublishedCell, PublishedCell, bool> hides) =>
        [.. cells.Select(cell => Figure(cell, other => hides(cell, other), cell.ToString()))];

    private HeldOutFigure Figure(PublishedCell cell, Predicate<PublishedCell> hidden, string words)
    {
        var known = _cells.Where(other => !hidden(other)).ToList();
        var key = string.Join('|', known);
        if (!_fitted.TryGetValue(key, out var predictor))
        {
            _fitted[key] = predictor = new CellPredictor(known, _penalties);
        }

        return new HeldOutFigure(words, (predictor.Seconds(cell) / cell.Seconds) - 1, (FlopLaw.Seconds(cell, known) / cell.Seconds) - 1);
    }

    private bool HasOther(PublishedCell cell, Func<PublishedCell, bool> which) => _cells.Any(other => OfGroup(cell, other) && which(other));

    private static bool OfGroup(PublishedCell cell, PublishedCell other) => other.Gpu == cell.Gpu && other.Family == cell.Family;
}
