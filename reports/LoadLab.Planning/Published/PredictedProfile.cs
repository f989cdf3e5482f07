using LoadLab.Serving.Profiles;

namespace LoadLab.Planning;

/// <summary>A profile of a fleet that nobody published, from what was published, with the error that the leave-one-out shows for such a prediction.</summary>
/// <param name="Profile">Of that one cell.</param>
/// <param name="Seconds">Of one clip alone.</param>
/// <param name="Line">The error: of figures that were predicted across the same distance.</param>
public sealed record PredictedProfile(ServiceProfile Profile, double Seconds, HeldOutLine Line)
{
    /// <param name="table">The published table.</param>
    /// <param name="cell">A model and size of the table, a GPU of it unless <paramref name="known"/> is given, and a number of GPUs within it.</param>
    /// <param name="known">The one figure of a kind of GPU that the table lacks; null for a kind of the table.</param>
    public static PredictedProfile Of(ServiceProfile table, PublishedCell cell, PublishedCell? known = null)
    {
        var cells = PublishedCell.Of(table);
        var held = new CellHoldOut(cells);
        var line = known is null ? held.LineOf(cell) : held.KindLine;
        var seconds = Math.Round(new CellPredictor(known is null ? cells : [.. cells, known]).Seconds(cell), 1);
        var like = table.Services.First(entry => entry.Model == cell.Model && (entry.Width, entry.Height) == (cell.Width, cell.Height));
        var profile = new ServiceProfile
        {
            Name = FormattableString.Invariant($"{cell.Model}-{cell.Gpu}-{cell.Gpus}gpu-{cell.Size}-predicted"),
            Device = FormattableString.Invariant($"{cell.Gpu}, {cell.Gpus} GPU{(cell.Gpus == 1 ? "" : "s as one replica")}"),
            Evidence = table.Evidence,
            Source = $"Predicted from {table.Name}: {table.Source}",
            Assumptions =
            [
                FormattableString.Invariant($"{seconds} s is predicted, not published: figures of the table that were hidden and predicted across the {line.Name} were off by {line.Median:P1} (median) and {line.Worst:P1} (worst of {line.Predictions})."),
                .. known is null ? [] : new[] { FormattableString.Invariant($"Of the {known.Gpu} one figure was given and is not checked here: {known.Seconds} s for {known.Model} {known.Size} on {known.Gpus}.") },
                .. table.Assumptions.Where(sentence => !sentence.StartsWith("Memory:", StringComparison.Ordinal)),
            ],
            Services = [like with { Gpu = cell.Gpu, Gpus = cell.Gpus, Whole = like.Whole with { MeanS = seconds }, Text = null, Denoise = null, Decode = null, PeakBytes = null, Error = line.Mean }],
            ColdStart = table.ColdStart,
            Error = line.Mean,
        };
        return new PredictedProfile(profile, seconds, line);
    }
}
