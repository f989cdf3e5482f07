using LoadLab.Serving.Profiles;

namespace LoadLab.Planning;

/// <summary>What the published figures prove of the predictors without any hardware.</summary>
/// <param name="Lines">Seconds, one line for each thing that is crossed.</param>
/// <param name="CornerMedian">The greatest median of any line when each of the predictor's penalties is ten times smaller or larger.</param>
/// <param name="CornerWorst">Their greatest error.</param>
/// <param name="Energy">Joules from one row of the same kind of GPU, whatever its model.</param>
/// <param name="EnergyOfModel">Joules of several GPUs from the same model's row of one.</param>
/// <param name="FlopLawLeast">Least error of the FLOP law from 480p to 720p on one GPU, text-to-video.</param>
/// <param name="FlopLawMost">Its greatest.</param>
/// <param name="Cells">Every figure of the table, in its order.</param>
/// <param name="EnergyRows">Every row of energy, in its order.</param>
public sealed record TruthReport(
    IReadOnlyList<HeldOutLine> Lines, double CornerMedian, double CornerWorst, HeldOutLine Energy, HeldOutLine EnergyOfModel, double FlopLawLeast, double FlopLawMost, IReadOnlyList<TruthCell> Cells, IReadOnlyList<TruthEnergy> EnergyRows)
{
    /// <param name="table">The published Wan2.2 table.</param>
    /// <param name="energy">The published rows with energy.</param>
    public static TruthReport Of(ServiceProfile table, ServiceProfile energy)
    {
        var cells = PublishedCell.Of(table);
        var held = new CellHoldOut(cells);
        var rows = EnergyRow.Of(energy);
        var joules = new EnergyHoldOut(rows);
        double[] law = [.. cells.Where(cell => cell is { Gpus: 1, Is720P: true, FromImage: false } && cells.Any(other => other.Model == cell.Model && !other.Is720P))
            .Select(cell => (FlopLaw.Seconds(cell, cells.Where(other => other.Model == cell.Model && !other.Is720P && other.Gpus == 1)) / cell.Seconds) - 1)];
        var corners = RidgePenalties.Corners.SelectMany(penalties => new CellHoldOut(cells, penalties).Lines).ToList();
        return new TruthReport(
            held.Lines, corners.Max(line => line.Median), corners.Max(line => line.Worst), joules.Line, joules.OfModel, law.Min(), law.Max(),
            [.. cells.Select((cell, i) => new TruthCell(cell, held.Cell[i].Error, ErrorOf(held.Resolution, cell), ErrorOf(held.Count, cell), WorstFrom(held.Kind, cell.ToString())))],
            [.. rows.Select(row => new TruthEnergy(row, WorstFrom(joules.Figures, row.ToString())))]);
    }

    private static double? ErrorOf(IReadOnlyList<HeldOutFigure> figures, PublishedCell cell) => figures.FirstOrDefault(figure => figure.Figure == cell.ToString())?.Error;

    private static double? WorstFrom(IReadOnlyList<HeldOutFigure> figures, string of) =>
        figures.Where(figure => figure.Figure.StartsWith($"{of} from ", StringComparison.Ordinal)).MaxBy(figure => Math.Abs(figure.Error))?.Error;
}

/// <summary>One figure of the table and how far off it was predicted; null where nothing is left to predict it from.</summary>
/// <param name="Cell">The figure.</param>
/// <param name="CellError">With the cell hidden.</param>
/// <param name="ResolutionError">With the GPU's resolution hidden.</param>
/// <param name="CountError">With the GPU's count hidden.</param>
/// <param name="KindWorst">From one figure of that GPU: the worst of them.</param>
public sealed record TruthCell(PublishedCell Cell, double CellError, double? ResolutionError, double? CountError, double? KindWorst);

/// <summary>One row of energy and how far off it was predicted.</summary>
/// <param name="Row">The row.</param>
/// <param name="Worst">From one row of that GPU: the worst of them; null where there is no other.</param>
public sealed record TruthEnergy(EnergyRow Row, double? Worst);
