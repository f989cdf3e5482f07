using System.Text.Json.Serialization;

namespace LoadLab.Serving.Profiles;

/// <summary>
/// What is known of a device's times: the simulator's and the emulated replica's only source of truth. Says itself how many real calls stand behind it; zero is legal.
/// </summary>
public sealed record ServiceProfile
{
    public const int CurrentFormat = 1;

    public int Format { get; set; } = CurrentFormat;

    public required string Name { get; init; }

    /// <summary>The device as people name it, for example H100 80 GB, 1 GPU.</summary>
    public required string Device { get; init; }

    /// <summary>real, emulated or published.</summary>
    public required string Evidence { get; init; }

    /// <summary>Where the figures come from.</summary>
    public string Source { get; set; } = "";

    /// <summary>The command that made a calibrated profile; empty for another.</summary>
    public string Command { get; set; } = "";

    /// <summary>Version of LoadLab that made it.</summary>
    public string Version { get; set; } = "";

    /// <summary>When the runs behind it were recorded: a date, or the first and the last.</summary>
    public string Measured { get; set; } = "";

    /// <summary>What was assumed and not measured, one sentence each.</summary>
    public IReadOnlyList<string> Assumptions { get; set; } = [];

    /// <summary>Completed calls of a real model behind the whole profile.</summary>
    public int RealCalls { get; init; }

    /// <summary>Schedule hashes of the runs behind it.</summary>
    public IReadOnlyList<string> Runs { get; set; } = [];

    /// <summary>Completed calls left out as warm-up: the first batch of each replica of each run.</summary>
    public int WarmUpCalls { get; init; }

    public required IReadOnlyList<ServiceEntry> Services { get; init; }

    /// <summary>Used where <see cref="Services"/> has no entry.</summary>
    public IReadOnlyList<ServiceLaw> Laws { get; set; } = [];

    /// <summary>Used where <see cref="Services"/> has no entry, before <see cref="Laws"/>.</summary>
    public IReadOnlyList<StageLaw> StageLaws { get; set; } = [];

    public MemoryLaw? Memory { get; init; }

    /// <summary>Time from asking for a model to having it.</summary>
    public SampledTime? ColdStart { get; init; }

    /// <summary>Seconds that a replica's first batch takes longer than the mean of its shape.</summary>
    public double FirstCallPenaltyS { get; init; }

    public Overheads? Overheads { get; init; }

    public TextCacheShare? TextCache { get; init; }

    /// <summary>Mean relative error of the services' means, weighted by their counts: the number beside every simulated result. Null when nothing was held out.</summary>
    public double? Error { get; init; }

    /// <summary>The times of one batch; null when the profile does not know the shape.</summary>
    public ServiceTime? Find(string model, Shape shape, int batch)
    {
        var entry = Services.FirstOrDefault(entry => entry.Model == model && entry.Shape == shape && entry.Batch == batch);
        if (entry is not null)
        {
            return new ServiceTime(entry.Whole, entry.TextShare, entry.DenoiseShare);
        }

        if (StageLaws.FirstOrDefault(law => law.Model == model && law.Range.Problem(law, shape, batch) is null) is { } law && law.Of(shape, batch) is { } staged)
        {
            return Anchored(staged, law, model, shape, batch);
        }

        var line = Laws.FirstOrDefault(law => law.Model == model && law.Batch == batch && law.Guided == shape.Guided);
        return line is null ? null : new ServiceTime(new SampledTime { Count = 0, MeanS = line.SecondsOf(shape), Ratios = line.Ratios }, null, null);
    }

    /// <summary>A batch of a shape that was measured at other sizes: the law tells how the nearest of them grows, not what it is.</summary>
    private ServiceTime Anchored(ServiceTime staged, StageLaw law, string model, Shape shape, int batch)
    {
        var nearest = Services.Where(entry => entry.Model == model && entry.Shape == shape).OrderBy(entry => Math.Abs(entry.Batch - batch)).ThenBy(entry => entry.Batch).FirstOrDefault();
        return nearest is not null && law.Of(shape, nearest.Batch) is { } there
            ? staged with { Whole = staged.Whole with { MeanS = staged.Whole.MeanS * nearest.Whole.MeanS / there.Whole.MeanS } }
            : staged;
    }

    /// <summary>Whether it tells any time of the model.</summary>
    public bool Knows(string model) =>
        Services.Any(entry => entry.Model == model) || StageLaws.Any(law => law.Model == model) || Laws.Any(law => law.Model == model);

    /// <summary>
    /// The part of the profile that tells the times of replicas of <paramref name="gpus"/> GPUs of that kind, an empty kind standing for any; its memory a line through their peaks where the profile has no law; null when it knows no such replica.
    /// </summary>
    public ServiceProfile? For(string gpu, int gpus)
    {
        bool Fits(string kind, int count) => (gpu.Length == 0 || kind.Length == 0 || kind == gpu) && count == gpus;
        var part = this with
        {
            Services = [.. Services.Where(entry => Fits(entry.Gpu, entry.Gpus))],
            StageLaws = [.. StageLaws.Where(law => Fits(law.Gpu, law.Gpus))],
            Laws = [.. Laws.Where(law => Fits(law.Gpu, law.Gpus))],
        };
        part = part with { Memory = Memory ?? MemoryLaw.Through(part.Services) };
        return part.Services.Count + part.StageLaws.Count + part.Laws.Count > 0 ? part : null;
    }

    /// <summary>Why a law of the model does not reach the shape, as "tokens 7200 outside 45..180"; null when none would.</summary>
    public string? Outside(string model, Shape shape, int batch) =>
        StageLaws.Where(law => law.Model == model).Select(law => law.Range.Problem(law, shape, batch)).FirstOrDefault(problem => problem is not null);

    /// <summary>Whether every time is one of the same number of GPUs of the same kind.</summary>
    [JsonIgnore]
    public bool IsOfOneKind => Services.Select(entry => (entry.Gpu, entry.Gpus)).Concat(Laws.Select(law => (law.Gpu, law.Gpus))).Distinct().Count() <= 1;

    /// <summary>GPUs that one replica is; the most where its rows differ, so that a bill is never too low.</summary>
    [JsonIgnore]
    public int GpusPerReplica => Math.Max(1, Services.Select(entry => entry.Gpus).DefaultIfEmpty(1).Max());

    /// <summary>What <see cref="Find"/> knows, for messages.</summary>
    public string Known()
    {
        var services = Services.Select(entry => $"{entry.Model} {entry.Shape}, batch {entry.Batch}");
        var stages = StageLaws.Select(law => $"{law.Model} of {law.Range}");
        var laws = Laws.Select(law => $"{law.Model} any shape, batch {law.Batch}");
        return string.Join("; ", stages.Concat(services).Concat(laws).Take(20)) is { Length: > 0 } known ? known : "nothing";
    }
}

/// <summary>What a simulated batch draws from.</summary>
/// <param name="Whole">Text, denoise and decode together.</param>
/// <param name="TextShare">Part of the whole that text encoding takes; null when not known.</param>
/// <param name="DenoiseShare">Part of the whole that denoising takes; null when not known.</param>
public sealed record ServiceTime(SampledTime Whole, double? TextShare, double? DenoiseShare);
