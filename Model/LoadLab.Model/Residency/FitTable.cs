using LoadLab.Model.Cost;
using LoadLab.Model.Pipeline;
using LoadLab.Tensors;

namespace LoadLab.Model.Residency;

/// <summary>
/// Every plan of a model on a device, best first, and whether it fits. Order of preference: the VAE in float32, as the reference has it, before a narrower one; then
/// what adds the fewest seconds to a batch. The transformer and a text encoder on the device take the engine's narrowest type, as the reference runs them.
/// </summary>
public sealed record FitTable(string Model, JobShape Shape, int Batch, long DeviceBytes, IReadOnlyList<FitRow> Rows)
{
    /// <summary>Part of the device that a peak must leave: the formula's own tolerance, and what a card shows less than its name says.</summary>
    public const double Reserve = 0.02;

    /// <summary>Assumed: weights come from a disk, or over the bus from mapped files, at this rate.</summary>
    public const double ReadBytesPerSecond = 2e9;

    /// <summary>Assumed: the host's products, for a text encoder there.</summary>
    public const double HostFlopsPerSecond = 200e9;

    /// <summary>The first row that fits; null when none does.</summary>
    public FitRow? Chosen => Choose(ResidencyChoice.Auto);

    /// <summary>The row that needs least, for saying by how much nothing fits.</summary>
    public FitRow Smallest => Rows.MinBy(row => row.PeakBytes)!;

    /// <summary>
    /// The row of a wish: of its rows the first that fits; where none does, the first of them when it was asked for by name, and null when the table was to choose.
    /// </summary>
    public FitRow? Choose(ResidencyChoice choice)
    {
        var rows = Rows.Where(row => Answers(row.Plan, choice)).ToList();
        return rows.Find(row => row.Fits) ?? (choice == ResidencyChoice.Auto ? null : rows[0]);
    }

    /// <summary>The largest batch of that many jobs: long prompts, all different, guided.</summary>
    /// <param name="model">Dimensions.</param>
    /// <param name="shape">Of the jobs.</param>
    /// <param name="batch">Jobs together.</param>
    /// <param name="deviceBytes">Capacity.</param>
    /// <param name="device">How the device spends memory, and the types it has.</param>
    /// <param name="host">How a host backend does.</param>
    public static FitTable Of(WanModelSpec model, JobShape shape, int batch, long deviceBytes, EngineMemory device, EngineMemory host)
    {
        var load = BatchLoad.Largest(model, shape, batch, isGuided: true);
        var rows = Plans(device).Select(plan => Row(model, load, plan, deviceBytes, device, host));
        return new FitTable(model.Name, shape, batch, deviceBytes, [.. rows.OrderBy(row => row.Plan.VaeType != ElementType.Float32).ThenBy(row => row.Seconds)]);
    }

    private static bool Answers(ResidencyPlan plan, ResidencyChoice choice) => choice switch
    {
        ResidencyChoice.Resident => plan is { Text: TextPlace.Device, Transformer: TransformerPlace.Device },
        ResidencyChoice.CpuText => plan.Text == TextPlace.Host,
        ResidencyChoice.OffloadText => plan.Text == TextPlace.Offloaded,
        _ => true,
    };

    private static IEnumerable<ResidencyPlan> Plans(EngineMemory device) =>
        from vae in device.Types
        from transformer in Enum.GetValues<TransformerPlace>()
        from text in Enum.GetValues<TextPlace>()
        select new ResidencyPlan { Text = text, TextType = device.Types[^1], Transformer = transformer, TransformerType = device.Types[^1], VaeType = vae };

    private static FitRow Row(WanModelSpec model, BatchLoad load, ResidencyPlan plan, long deviceBytes, EngineMemory device, EngineMemory host)
    {
        var forecast = MemoryForecast.Of(model, load, plan, device, host);
        var (text, denoise, decode) = (Occupied(forecast.Text), Occupied(forecast.Denoise), Occupied(forecast.Decode));
        var onHost = plan.Text == TextPlace.Host ? WanCost.EncodeFlopsPerToken(model) * load.Groups.Sum(group => group.Tokens) / HostFlopsPerSecond : 0;
        var seconds = (forecast.ReloadBytes / ReadBytesPerSecond) + onHost;
        return new FitRow(plan, text, denoise, decode, forecast.HostBytes, seconds, FitRow.Needed(Math.Max(text, Math.Max(denoise, decode))) <= deviceBytes);

        long Occupied(StageBytes stage) => device.Occupied(stage.Weights, stage.Working) + (device.SharesHost ? forecast.HostBytes : 0);
    }
}
