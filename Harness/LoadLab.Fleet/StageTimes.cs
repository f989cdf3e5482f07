using LoadLab.Core;
using LoadLab.Serving;
using LoadLab.Serving.Profiles;

namespace LoadLab.Fleet;

/// <summary>When the stages of what was started end, counted from its start. For a profile that does not split the whole, denoising is all of it and no stage is told.</summary>
/// <param name="TextEnd">Zero when text was encoded before.</param>
/// <param name="DenoiseEnd">Not before <paramref name="TextEnd"/>.</param>
/// <param name="End">Not before <paramref name="DenoiseEnd"/>; after the start.</param>
/// <param name="Steps">Denoise steps.</param>
/// <param name="TellsText">Whether the end of text is told.</param>
/// <param name="TellsDenoise">Whether the end of denoising is told.</param>
internal readonly record struct StageTimes(Duration TextEnd, Duration DenoiseEnd, Duration End, int Steps, bool TellsText, bool TellsDenoise)
{
    /// <param name="ends">Of the whole batch.</param>
    /// <param name="stage">What runs of it.</param>
    /// <param name="encoded">Whether every prompt's encoding was kept: text then takes no time.</param>
    /// <param name="steps">Denoise steps.</param>
    public static StageTimes Of(StageEnds ends, Stage stage, bool encoded, int steps)
    {
        var saved = encoded ? ends.Text : Duration.Zero;
        return stage switch
        {
            Stage.Text => Only(ends.Text - saved, steps) with { TellsText = true },
            Stage.Denoise => Only(ends.Denoise, steps) with { TextEnd = Duration.Zero, TellsDenoise = true },
            Stage.Decode => Only(ends.Decode, steps) with { TextEnd = Duration.Zero, DenoiseEnd = Duration.Zero },
            _ => new(ends.Text - saved, ends.DenoiseEnd - saved, AtLeastOne(ends.Whole - saved), steps, ends.IsSplit, ends.IsSplit),
        };
    }

    /// <summary>The next moment at which a replica looks for cancellations: the end of text, a denoise step, the end.</summary>
    public Duration NextStop(Duration elapsed)
    {
        if (elapsed < TextEnd)
        {
            return TextEnd;
        }

        if (elapsed >= DenoiseEnd)
        {
            return End;
        }

        var step = (DenoiseEnd - TextEnd).Seconds / Math.Max(1, Steps);
        var steps = Math.Ceiling((elapsed - TextEnd).Seconds / step);
        var stop = TextEnd + Duration.FromSeconds(steps * step);
        return stop > elapsed ? stop : elapsed;
    }

    private static StageTimes Only(Duration time, int steps) => new(AtLeastOne(time), AtLeastOne(time), AtLeastOne(time), steps, TellsText: false, TellsDenoise: false);

    private static Duration AtLeastOne(Duration time) => time > Duration.Zero ? time : new Duration(1);
}
