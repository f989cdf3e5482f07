using System.Text.Json.Serialization;

namespace LoadLab.Serving.Profiles;

/// <summary>The measured or published times of one (model, shape, batch).</summary>
public sealed record ServiceEntry
{
    public required string Model { get; init; }

    public required int Width { get; init; }

    public required int Height { get; init; }

    public required int Frames { get; init; }

    public required int Steps { get; init; }

    public bool Guided { get; set; } = true;

    /// <summary>Jobs of a batch.</summary>
    public int Batch { get; set; } = 1;

    /// <summary>Kind of GPU, as <c>fleet.kinds</c> names it; empty = the profile's only one.</summary>
    public string Gpu { get; set; } = "";

    /// <summary>GPUs that one replica is; a published multi-GPU figure is one replica of several.</summary>
    public int Gpus { get; set; } = 1;

    public required SampledTime Whole { get; init; }

    public SampledTime? Text { get; init; }

    public SampledTime? Denoise { get; init; }

    public SampledTime? Decode { get; init; }

    /// <summary>Batches set aside as outliers: a pause of the process, a neighbour's burst. They are in no mean.</summary>
    public int Outliers { get; set; }

    /// <summary>Joules that the whole batch takes, of all its GPUs; null when not known.</summary>
    public double? EnergyJ { get; init; }

    /// <summary>Most bytes that the fullest of the replica's GPUs held; null when not known.</summary>
    public double? PeakBytes { get; init; }

    /// <summary>Relative error of the mean when it is estimated from the other runs, or from the other calls when there is one run; null when nothing can be held out.</summary>
    public double? Error { get; init; }

    [JsonIgnore]
    public Shape Shape => new(Width, Height, Frames, Steps, Guided);

    [JsonIgnore]
    public double? TextShare => Share(Text);

    [JsonIgnore]
    public double? DenoiseShare => Share(Denoise);

    private double? Share(SampledTime? part) => part is not null && Whole.MeanS > 0 ? part.MeanS / Whole.MeanS : null;
}

/// <summary>Seconds = fixed + per unit x width x height x frames x steps: for published figures of more shapes than were published.</summary>
public sealed record ServiceLaw
{
    public required string Model { get; init; }

    /// <summary>As of <see cref="ServiceEntry.Gpu"/>.</summary>
    public string Gpu { get; set; } = "";

    /// <summary>As of <see cref="ServiceEntry.Gpus"/>.</summary>
    public int Gpus { get; set; } = 1;

    public bool Guided { get; set; } = true;

    public int Batch { get; set; } = 1;

    public required double FixedS { get; init; }

    /// <summary>Seconds for one pixel of one frame in one step.</summary>
    public required double PerUnitS { get; init; }

    /// <summary>As of <see cref="SampledTime.Ratios"/>.</summary>
    public IReadOnlyList<double> Ratios { get; set; } = [];

    public double SecondsOf(Shape shape) => FixedS + (PerUnitS * shape.Units);
}

/// <summary>Peak bytes of a replica = fixed + batch x (per token x tokens + per pixel x width x height x frames).</summary>
public sealed record MemoryLaw
{
    public required double FixedBytes { get; init; }

    public double BytesPerPixel { get; set; }

    public double BytesPerToken { get; set; }

    /// <summary>As of <see cref="StageLaw.TokenPixels"/>.</summary>
    public int TokenPixels { get; set; } = 32;

    /// <summary>Largest relative residual of the fit.</summary>
    public required double Error { get; init; }

    /// <summary>Batches behind the fit.</summary>
    public required int Count { get; init; }

    public double BytesOf(Shape shape, int batch) => FixedBytes + (batch * ((BytesPerPixel * shape.Pixels) + (BytesPerToken * StageLaw.TokensOf(shape, TokenPixels))));

    /// <summary>The line through the peaks of some entries; null when they have not two sizes.</summary>
    public static MemoryLaw? Through(IEnumerable<ServiceEntry> entries)
    {
        var peaks = entries.Where(entry => entry.PeakBytes is not null).Select(entry => (Pixels: entry.Batch * entry.Shape.Pixels, Bytes: entry.PeakBytes!.Value)).ToList();
        if (peaks.DistinctBy(peak => peak.Pixels).Count() < 2)
        {
            return null;
        }

        var (pixels, bytes) = (peaks.Average(peak => peak.Pixels), peaks.Average(peak => peak.Bytes));
        var slope = Math.Max(0, peaks.Sum(peak => (peak.Pixels - pixels) * (peak.Bytes - bytes)) / peaks.Sum(peak => (peak.Pixels - pixels) * (peak.Pixels - pixels)));
        var constant = Math.Max(0, bytes - (slope * pixels));
        return new MemoryLaw { FixedBytes = constant, BytesPerPixel = slope, Error = peaks.Max(peak => Math.Abs((constant + (slope * peak.Pixels)) / peak.Bytes - 1)), Count = 0 };
    }
}
