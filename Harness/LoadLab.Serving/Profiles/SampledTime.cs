namespace LoadLab.Serving.Profiles;

/// <summary>A mean and how single times scatter about it.</summary>
public sealed record SampledTime
{
    /// <summary>Measured times behind it; 0 for a published figure.</summary>
    public int Count { get; init; }

    /// <summary>Seconds.</summary>
    public required double MeanS { get; init; }

    /// <summary>Single times over the mean, ascending, with mean 1: the measured ones, or quantiles at equal steps when there are many. Empty = always the mean.</summary>
    public IReadOnlyList<double> Ratios { get; set; } = [];

    /// <summary>Ratios are kept up to this many; beyond it their quantiles are.</summary>
    public const int MaxRatios = 512;

    /// <summary>From measured times in seconds; at least one.</summary>
    public static SampledTime Of(IReadOnlyList<double> seconds)
    {
        var mean = seconds.Average();
        var ratios = seconds.Select(value => mean > 0 ? value / mean : 1).Order().ToArray();
        return new SampledTime { Count = seconds.Count, MeanS = mean, Ratios = ratios.Length <= MaxRatios ? ratios : Thinned(ratios) };
    }

    /// <summary>Seconds of a draw; <paramref name="uniform"/> in [0, 1) picks a ratio, each as likely as the other.</summary>
    public double Draw(double uniform) => Ratios.Count == 0 ? MeanS : MeanS * Ratios[(int)(uniform * Ratios.Count)];

    /// <summary>The means of equal slices, so that the mean stays what it is.</summary>
    private static double[] Thinned(double[] sorted) =>
        [.. Enumerable.Range(0, MaxRatios).Select(i => sorted[(i * sorted.Length / MaxRatios)..((i + 1) * sorted.Length / MaxRatios)].Average())];
}
