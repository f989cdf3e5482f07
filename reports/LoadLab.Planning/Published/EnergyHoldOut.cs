namespace LoadLab.Planning;

/// <summary>
/// Energy of a clip from its published time and one row of the same kind of GPU: joules = watts x (working + share x waiting) GPU-seconds, where a clip works as long as it takes on one GPU, and what n GPUs take beyond that they wait for one another.
/// The watts are that one row's; the share that a waiting GPU draws is the median of the models that are neither that row's nor the predicted one. The naive predictor multiplies that row's mean watts by GPU-seconds.
/// </summary>
public sealed class EnergyHoldOut
{
    private readonly IReadOnlyList<EnergyRow> _rows;

    public EnergyHoldOut(IReadOnlyList<EnergyRow> rows)
    {
        _rows = rows;
        Figures = [.. rows.Where(row => row.Gpus == 1).SelectMany(row => rows.Where(other => other != row && other.Gpu == row.Gpu).Select(other => Figure(other, row)))];
        OfModel = HeldOutLine.Of("energy, same model", "every row of the model on that GPU but the one of a single GPU",
            [.. rows.Where(row => row.Gpus > 1).Select(row => Figure(row, Alone(row)))]);
        Line = HeldOutLine.Of("energy", "every row of that GPU but one of a single GPU, each in its turn", Figures);
    }

    public HeldOutLine Line { get; }

    public HeldOutLine OfModel { get; }

    public IReadOnlyList<HeldOutFigure> Figures { get; }

    private HeldOutFigure Figure(EnergyRow row, EnergyRow from)
    {
        var share = HeldOutLine.MedianOf(_rows.Where(other => other.Gpus > 1 && other.Model != row.Model && other.Model != from.Model).Select(WaitingShare));
        var watts = from.Joules / from.Seconds;
        var (working, waiting) = GpuSeconds(row);
        return new HeldOutFigure($"{row} from {from.Model} on 1", (watts * (working + (share * waiting)) / row.Joules) - 1, (watts * (working + waiting) / row.Joules) - 1);
    }

    /// <summary>Watts of a waiting GPU over those of a working one.</summary>
    private double WaitingShare(EnergyRow row)
    {
        var alone = Alone(row);
        return (row.Joules - alone.Joules) / GpuSeconds(row).Waiting / (alone.Joules / alone.Seconds);
    }

    private (double Working, double Waiting) GpuSeconds(EnergyRow row) => (Alone(row).Seconds, (row.Gpus * row.Seconds) - Alone(row).Seconds);

    private EnergyRow Alone(EnergyRow row) => _rows.First(other => other.Gpu == row.Gpu && other.Model == row.Model && other.Gpus == 1);
}
