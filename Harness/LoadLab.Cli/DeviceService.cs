using LoadLab.Model.Pipeline;
using LoadLab.Serving.Profiles;

namespace LoadLab.Cli;

/// <summary>The stages of one model, shape and batch; means over its batches but each replica's first.</summary>
/// <param name="Shape">In words.</param>
/// <param name="Batch">Jobs of a batch.</param>
/// <param name="Batches">Measured.</param>
/// <param name="DenoiseFlopsPerSecond">Operations by formula over measured seconds.</param>
/// <param name="OfPeak">Of the whole, over the device's peak.</param>
/// <param name="OfPublished">Of the whole, over the published speed; null for a small model, which no one published.</param>
/// <param name="Stamp">Whether the figure may stand for the device.</param>
internal sealed record DeviceService(
    string Model,
    string Shape,
    int Batch,
    int Batches,
    double? TextSeconds,
    double? DenoiseSeconds,
    double? DecodeSeconds,
    double WholeSeconds,
    double? DenoiseFlopsPerSecond,
    double? DecodeFlopsPerSecond,
    double? WholeFlopsPerSecond,
    double? OfPeak,
    double? OfPublished,
    string Stamp)
{
    public static DeviceService Of(ServiceEntry entry, double? peak, PublishedSpeed? published)
    {
        var flops = JobFlops.Of(entry);
        double? Speed(double? operations, double? seconds) => operations * entry.Batch / seconds is { } speed && double.IsFinite(speed) ? speed : null;
        var whole = Speed(flops?.Whole, entry.Whole.MeanS);
        var isFull = ModelCatalog.Find(entry.Model) is { IsSeeded: false };
        var ofPublished = isFull ? whole / published?.FlopsPerSecond : null;
        return new DeviceService(
            entry.Model,
            entry.Shape.ToString(),
            entry.Batch,
            entry.Whole.Count,
            entry.Text?.MeanS,
            entry.Denoise?.MeanS,
            entry.Decode?.MeanS,
            entry.Whole.MeanS,
            Speed(flops?.Denoise, entry.Denoise?.MeanS),
            Speed(flops?.Decode, entry.Decode?.MeanS),
            whole,
            whole / peak,
            ofPublished,
            ofPublished switch
            {
                < PublishedSpeed.LeastShare => "not representative: below half of the published speed",
                null => isFull ? "not compared: no published speed" : "not compared: a small model",
                _ => "representative",
            });
    }
}
