using LoadLab.Core.Input;

namespace LoadLab.Serving.Batching;

/// <summary>
/// Most jobs that fit: max(1, floor((free - reserve) / per video)). Per video is a figure (the article's rule: 20 GiB, reserve 4 GiB), or of the measured law
/// peak = constant + slope x batch x width x height x frames the part that grows with the batch; its constant belongs to the reserve.
/// </summary>
public sealed record BatchMemory
{
    /// <summary>Kept free, whatever runs.</summary>
    public long ReserveBytes { get; set; }

    /// <summary>Null = <see cref="BytesPerPixel"/> decides.</summary>
    public long? PerVideoBytes { get; set; }

    /// <summary>Bytes for one pixel of one frame of one job; null with <see cref="PerVideoBytes"/> null = the host fills in its model's law.</summary>
    public double? BytesPerPixel { get; set; }

    /// <summary>Most jobs of a key that may run together; in [1, <paramref name="maxBatch"/>].</summary>
    /// <param name="freeBytes">The replica's free memory with the model loaded and nothing running; null = not known, then memory decides nothing.</param>
    /// <param name="key">What the jobs have in common.</param>
    /// <param name="maxBatch">Most jobs, whatever memory there is.</param>
    public int LimitOf(long? freeBytes, BatchKey key, int maxBatch)
    {
        var perVideo = PerVideoBytes ?? BytesPerPixel * key.Pixels;
        if (freeBytes is not { } free || perVideo is not > 0)
        {
            return maxBatch;
        }

        var fitting = Math.Floor(((double)free - ReserveBytes) / perVideo.Value);
        return fitting >= maxBatch ? maxBatch : (int)Math.Max(1, fitting);
    }

    /// <summary>Null when the section says nothing of memory. Problems are added to the section's list.</summary>
    internal static BatchMemory? Bind(Section batching)
    {
        var perVideo = batching.Value("perVideo", Quantity.Bytes, bytes => bytes >= 1, "a number of bytes of at least 1", "20GiB");
        var perPixel = batching.Value("bytesPerPixel", Quantity.Number, bytes => bytes > 0, "a number above 0", "1234");
        if (batching.Find("perVideo") is not null && batching.Find("bytesPerPixel") is { } second)
        {
            batching.Problems.Add(second, batching.PathOf("bytesPerPixel"), (second as ScalarNode)?.Text, "stands beside perVideo, which says the same", "keep one of the two");
        }

        var reserve = batching.Bytes("memoryReserve");
        return reserve is null && perVideo is null && perPixel is null
            ? null
            : new BatchMemory { ReserveBytes = reserve ?? 0, PerVideoBytes = perVideo, BytesPerPixel = perPixel };
    }
}
