using LoadLab.Serving.Profiles;

namespace LoadLab.Cli;

/// <summary>Operations per second behind a published time: the operations of its job by formula, over its seconds.</summary>
/// <param name="FlopsPerSecond">The mean over the published shapes.</param>
/// <param name="Source">In words.</param>
internal sealed record PublishedSpeed(double FlopsPerSecond, string Source)
{
    /// <summary>Below this part of the published speed a figure says more about the software than about the device.</summary>
    public const double LeastShare = 0.5;

    public static PublishedSpeed Of(GpuPeak gpu)
    {
        var profile = Profiles.Load(gpu.Profile);
        var speeds = profile.Services.Select(entry => JobFlops.Of(entry) is { } job ? job.Whole * entry.Batch / entry.Whole.MeanS : (double?)null).OfType<double>().ToList();
        var times = string.Join(", ", profile.Services.Select(entry => FormattableString.Invariant($"{entry.Model} {entry.Width}x{entry.Height} in {entry.Whole.MeanS} s")));
        return new PublishedSpeed(speeds.Average(), $"{profile.Device}: {times}{(gpu.Note.Length > 0 ? $" ({gpu.Note})" : "")}; {profile.Source}");
    }
}
