using LoadLab.Core;

namespace LoadLab.Serving.Profiles;

/// <summary>When the stages of a batch end, counted from its start; a stage's own time is what lies between two ends.</summary>
/// <param name="TextEnd">End of text encoding.</param>
/// <param name="DenoiseEnd">End of the last denoise step.</param>
/// <param name="Whole">End of decoding.</param>
/// <param name="IsSplit">Whether the profile says so; otherwise the two ends before the last are assumed shares of the whole.</param>
public readonly record struct StageTimes(Duration TextEnd, Duration DenoiseEnd, Duration Whole, bool IsSplit)
{
    public Duration Text => TextEnd;

    public Duration Denoise => DenoiseEnd - TextEnd;

    public Duration Decode => Whole - DenoiseEnd;
}

/// <summary>
/// What a profile says of any batch: its own entry or law; between two sizes that it knows, the straight line; past the largest, that one's time in proportion
/// (T(b) = b x T(1) when it knows single calls alone). One thread at a time.
/// </summary>
public sealed class ProfileTimes(ServiceProfile profile)
{
    /// <summary>Share of the whole that text encoding takes where a profile does not split it: assumed.</summary>
    public const double AssumedTextShare = 0.01;

    /// <summary>Share of the whole that decoding takes where a profile does not split it: assumed.</summary>
    public const double AssumedDecodeShare = 0.04;

    private const int LargestBatch = 1024;

    private readonly Dictionary<(string Model, Shape Shape, int Batch), ServiceTime?> _known = [];

    public ServiceProfile Profile => profile;

    /// <summary>What is assumed for batches that the profile does not know, and for the stages that it does not split; one sentence each.</summary>
    public IReadOnlyList<string> Assumptions
    {
        get
        {
            var largest = profile.Services.Select(entry => entry.Batch).Concat(profile.Laws.Select(law => law.Batch)).DefaultIfEmpty(1).Max();
            List<string> assumed =
            [
                largest == 1
                    ? "A batch of b takes b times a single call: the profile knows single calls alone."
                    : $"A batch between two known sizes takes the time on the straight line between theirs; one above {largest} takes the largest's in proportion.",
            ];
            if (profile.Services.Any(entry => entry.TextShare is null || entry.DenoiseShare is null) || profile.Laws.Count > 0)
            {
                assumed.Add("Where the profile does not split a call, its text is 1 % and its decoding 4 % of the whole.");
            }

            if (profile.ColdStart is null)
            {
                assumed.Add("Loading the model takes no time: the profile has no cold start.");
            }

            if (profile.Memory is null)
            {
                assumed.Add("Memory never runs out: the profile has no memory law.");
            }

            return assumed;
        }
    }

    /// <summary>The times of one batch; null when the profile does not know the shape at all.</summary>
    /// <param name="model">By its catalogue name.</param>
    /// <param name="shape">Of every job of the batch.</param>
    /// <param name="batch">Jobs; at least 1.</param>
    public ServiceTime? Find(string model, Shape shape, int batch)
    {
        if (!_known.TryGetValue((model, shape, batch), out var time))
        {
            time = profile.Find(model, shape, batch) ?? Between(model, shape, batch);
            _known[(model, shape, batch)] = time;
        }

        return time;
    }

    /// <summary>When the stages end.</summary>
    /// <param name="time">Of the batch.</param>
    /// <param name="uniform">The batch's draw, in [0, 1).</param>
    /// <param name="extraSeconds">Added to the whole and spread over its stages: a first call's penalty.</param>
    public static StageTimes StagesOf(ServiceTime time, double uniform, double extraSeconds)
    {
        var whole = time.Whole.Draw(uniform) + extraSeconds;
        var isSplit = time is { TextShare: not null, DenoiseShare: not null };
        var text = time.TextShare ?? AssumedTextShare;
        var denoised = time.DenoiseShare is { } denoise && time.TextShare is not null ? text + denoise : 1 - AssumedDecodeShare;
        return new StageTimes(Of(whole * Math.Min(1, text)), Of(whole * Math.Min(1, denoised)), Of(whole), isSplit);
    }

    /// <summary>At least a nanosecond: nothing takes no time.</summary>
    private static Duration Of(double seconds) => new(Math.Max(1, Duration.FromSeconds(seconds).Nanoseconds));

    private ServiceTime? Between(string model, Shape shape, int batch)
    {
        var (below, above) = (Known(model, shape, batch, -1), Known(model, shape, batch, +1));
        if (below is not { } lower)
        {
            return above is { } only ? Scaled(only.Time, only.Time.Whole.MeanS) : null;
        }

        var (smaller, time) = lower;
        var mean = time.Whole.MeanS;
        return Scaled(time, above is { } upper
            ? mean + ((upper.Time.Whole.MeanS - mean) * (batch - smaller) / (upper.Batch - smaller))
            : mean * batch / smaller);
    }

    /// <summary>The nearest known size on one side.</summary>
    private (int Batch, ServiceTime Time)? Known(string model, Shape shape, int batch, int direction)
    {
        for (var size = batch + direction; size is >= 1 and <= LargestBatch; size += direction)
        {
            if (profile.Find(model, shape, size) is { } time)
            {
                return (size, time);
            }
        }

        return null;
    }

    private static ServiceTime Scaled(ServiceTime time, double mean) => time with { Whole = time.Whole with { Count = 0, MeanS = mean } };
}
