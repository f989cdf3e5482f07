using LoadLab.Core.Runs;
using LoadLab.Planning;
using LoadLab.Serving.Profiles;

namespace LoadLab.Cli;

/// <summary>What runs did to their device: time by stage beside published speed, and for each run the three utilisations, peak memory and energy.</summary>
/// <param name="Device">As the runs name it.</param>
/// <param name="PeakFlopsPerSecond">Of the device; null when it is not known.</param>
/// <param name="Published">Where the speed compared with comes from.</param>
/// <param name="NotRepresentative">Some figure of a full model is below half of the published speed.</param>
internal sealed record DeviceReport(
    string Device,
    double? PeakFlopsPerSecond,
    string Published,
    bool NotRepresentative,
    IReadOnlyList<DeviceService> Services,
    IReadOnlyList<DeviceRun> Runs)
{
    /// <param name="runs">Recorded; at least one.</param>
    /// <param name="profile">Calibrated from them; null when they hold too few calls.</param>
    /// <param name="device">The GPU's name, where the runs do not say.</param>
    /// <param name="peakFlopsPerSecond">In place of the table's.</param>
    public static DeviceReport Of(IReadOnlyList<RunFolder> runs, ServiceProfile? profile, string? device, double? peakFlopsPerSecond)
    {
        var name = device ?? string.Join(" + ", runs.Select(run => run.ReadManifest().Device).Distinct());
        var gpu = GpuPeaks.Find(name);
        var peak = peakFlopsPerSecond ?? gpu?.DenseBf16Flops;
        var published = gpu is null ? null : PublishedSpeed.Of(gpu);
        var services = (profile?.Services ?? []).Select(entry => DeviceService.Of(entry, peak, published)).ToList();
        return new DeviceReport(
            name,
            peak,
            published?.Source ?? "no published speed of this device is known",
            services.Any(service => service.OfPublished < PublishedSpeed.LeastShare),
            services,
            [.. runs.Select(run => DeviceRun.Of(run, peak))]);
    }
}
