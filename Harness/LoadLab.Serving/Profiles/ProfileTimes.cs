using LoadLab.Core;

namespace LoadLab.Serving.Profiles;

/// <summary>When the stages of a whole batch end, counted from its start. A profile that does not split the whole gives it all to denoising.</summary>
/// <param name="TextEnd">End of text encoding.</param>
/// <param name="DenoiseEnd">End of the last denoise step.</param>
/// <param name="Whole">End of decoding.</param>
/// <param name="IsSplit">Whether the profile says when the stages end.</param>
public readonly record struct StageEnds(Duration TextEnd, Duration DenoiseEnd, Duration Whole, bool IsSplit)
{
    public Duration Text => TextEnd;

    public Duration Denoise => DenoiseEnd - TextEnd;

    public Duration Decode => Whole - DenoiseEnd;
}

/// <summary>What a profile says of any batch: its own entry or law, else as many times a single job's time as it has jobs. One thread at a time.</summary>
public sealed class ProfileTimes(ServiceProfile profile)
{
    private readonly Dictionary<(string Model, Shape Shape, int Batch), ServiceTime?> _known = [];

    public ServiceProfile Profile => profile;

    /// <summary>The times of one batch; null when the profile does not know the shape at all.</summary>
    /// <param name="model">By its catalogue name.</param>
    /// <param name="shape">Of every job of the batch.</param>
    /// <param name="batch">Jobs; at least 1.</param>
    public ServiceTime? Find(string model, Shape shape, int batch)
    {
        if (!_known.TryGetValue((model, shape, batch), out var time))
        {
            time = profile.Find(model, shape, 1) is { } single ? Of(single, profile.Find(model, shape, batch), batch) : profile.Find(model, shape, batch);
            _known[(model, shape, batch)] = time;
        }

        return time;
    }

    /// <summary>When the stages end.</summary>
    /// <param name="time">Of the batch.</param>
    /// <param name="uniform">The batch's draw, in [0, 1).</param>
    /// <param name="extraSeconds">Added to the whole and spread over its stages: a first call's penalty.</param>
    public static StageEnds EndsOf(ServiceTime time, double uniform, double extraSeconds)
    {
        var whole = Duration.FromSeconds(time.Whole.Draw(uniform) + extraSeconds);
        whole = new Duration(Math.Max(1, whole.Nanoseconds));
        return time is { TextShare: { } text, DenoiseShare: { } denoise }
            ? new StageEnds(whole * Math.Min(1, text), whole * Math.Min(1, text + denoise), whole, true)
            : new StageEnds(Duration.Zero, whole, whole, false);
    }

    /// <summary>Shares that a batch's entry lacks are those of the single job.</summary>
    private static ServiceTime Of(ServiceTime single, ServiceTime? own, int batch) => own is { } known
        ? known with { TextShare = known.TextShare ?? single.TextShare, DenoiseShare = known.DenoiseShare ?? single.DenoiseShare }
        : single with { Whole = single.Whole with { Count = 0, MeanS = single.Whole.MeanS * batch } };
}
