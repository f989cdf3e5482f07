namespace LoadLab.Model.Residency;

/// <summary>One plan on one device, by formula. Bytes are what the device shows, with the engine's own (<see cref="Cost.EngineMemory.Occupied"/>).</summary>
/// <param name="Plan">Where the parts live.</param>
/// <param name="TextBytes">Peak of encoding text.</param>
/// <param name="DenoiseBytes">Peak of a step.</param>
/// <param name="DecodeBytes">Peak of decoding.</param>
/// <param name="HostBytes">Memory of the host taken by a text encoder there; in the other figures, too, where the device has no memory of its own.</param>
/// <param name="Seconds">What the plan adds to a batch, under the assumptions of <see cref="FitTable"/>.</param>
/// <param name="Fits">The device has the bytes that are needed.</param>
public sealed record FitRow(ResidencyPlan Plan, long TextBytes, long DenoiseBytes, long DecodeBytes, long HostBytes, double Seconds, bool Fits)
{
    public long PeakBytes => Math.Max(TextBytes, Math.Max(DenoiseBytes, DecodeBytes));

    /// <summary>The smallest device that is called large enough: the peak leaves <see cref="FitTable.Reserve"/> of it.</summary>
    public long NeededBytes => Needed(PeakBytes);

    /// <summary>For a host backend: its bytes by formula and a tenth more.</summary>
    public long HostCapacityBytes => HostBytes + (HostBytes / 10);

    /// <summary>The stage of the peak.</summary>
    public string PeakStage => PeakBytes == DenoiseBytes ? "denoise" : PeakBytes == DecodeBytes ? "decode" : "text";

    internal static long Needed(long peakBytes) => (long)Math.Ceiling(peakBytes / (1 - FitTable.Reserve));
}
