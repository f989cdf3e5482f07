using LoadLab.Serving.Profiles;

namespace LoadLab.Planning;

/// <summary>A published row of a clip's time and energy.</summary>
/// <param name="Gpu">Kind of GPU.</param>
/// <param name="Gpus">GPUs of the replica.</param>
/// <param name="Model">The model.</param>
/// <param name="Seconds">Of one clip.</param>
/// <param name="Joules">Of all the replica's GPUs.</param>
public sealed record EnergyRow(string Gpu, int Gpus, string Model, double Seconds, double Joules)
{
    public override string ToString() => FormattableString.Invariant($"{Model} on {Gpus} {Gpu}");

    public static IReadOnlyList<EnergyRow> Of(ServiceProfile rows) =>
        [.. rows.Services.Where(entry => entry is { Batch: 1, EnergyJ: not null }).Select(entry => new EnergyRow(entry.Gpu, entry.Gpus, entry.Model, entry.Whole.MeanS, entry.EnergyJ!.Value))];
}
