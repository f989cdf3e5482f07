using LoadLab.Core;
using LoadLab.Serving;
using LoadLab.Serving.Profiles;

namespace LoadLab.Fleet;

/// <summary>When the stages of what was started end, counted from its start. For a profile that does not split the whole, denoising is all of it and no stage is told.</summary>
/// <param name="TextEnd">Zero when text was encoded before.</param>
/// <param name="DenoiseEnd">Not before <paramref name="TextEnd"/>; checkpoints included.</param>
/// <param name="End">Not before <paramref name="DenoiseEnd"/>; after the start.</param>
/// <param name="Steps">Denoise steps of the whole batch.</param>
/// <param name="TellsText">Whether the end of text is told.</param>
/// <param name="TellsDenoise">Whether the end of denoising is told.</param>
internal readonly record struct StageTimes(Duration TextEnd, Duration DenoiseEnd, Duration End, int Steps, bool TellsText, bool TellsDenoise)
{
    /// <summary>Steps that were done before.</summary>
    public int FromStep { get; init; }

    /// <summary>Steps between two checkpoints; 0 = none.</summary>
    public int Every { get; init; }

    /// <summary>How long one checkpoint takes.</summary>
    public Duration Takes { get; init; }

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

    /// <summary>
    /// A whole batch that goes on from a step and keeps checkpoints: no text (its encoding is kept with the checkpoint), (steps - from) / steps of the denoising, the decoding whole. Each
    /// checkpoint stands between two steps, none after the last.
    /// </summary>
    public static StageTimes Resumed(StageEnds ends, bool encoded, int steps, int from, CheckpointOptions checkpoint)
    {
        var text = encoded || from > 0 ? Duration.Zero : ends.Text;
        var denoise = from > 0 ? ends.Denoise * ((steps - from) / (double)steps) : ends.Denoise;
        var denoiseEnd = text + denoise + (checkpoint.Takes * PausesBetween(from, steps, checkpoint.Every));
        return new(text, denoiseEnd, AtLeastOne(denoiseEnd + ends.Decode), steps, ends.IsSplit && from == 0, ends.IsSplit)
        {
            FromStep = from,
            Every = checkpoint.Every,
            Takes = checkpoint.Takes,
        };
    }

    /// <summary>The next moment at which a replica looks for cancellations: the end of text, a denoise step, the end; and the steps done by then.</summary>
    public (Duration At, int Step) NextStop(Duration elapsed)
    {
        if (elapsed < TextEnd)
        {
            return (TextEnd, FromStep);
        }

        if (elapsed >= DenoiseEnd)
        {
            return (End, Steps);
        }

        var step = LastStep(elapsed);
        return StepEnd(step) < elapsed ? (StepEnd(step + 1), step + 1) : (StepEnd(step), step);
    }

    /// <summary>The last step that has ended by then; <see cref="FromStep"/> when none has.</summary>
    public int LastStep(Duration elapsed)
    {
        var step = (int)Math.Clamp(FromStep + ((elapsed - TextEnd).Seconds / Math.Max(1e-9, StepSeconds)), FromStep, Steps);
        for (; step < Steps && StepEnd(step + 1) <= elapsed; step++)
        {
        }

        for (; step > FromStep && StepEnd(step) > elapsed; step--)
        {
        }

        return step;
    }

    /// <summary>When a step has ended, before its checkpoint begins.</summary>
    /// <param name="step">Steps done, from <see cref="FromStep"/> to <see cref="Steps"/>.</param>
    public Duration StepEnd(int step) => step >= Steps ? DenoiseEnd : TextEnd + Duration.FromSeconds((step - FromStep) * StepSeconds) + (Takes * PausesBetween(FromStep, step, Every));

    private double StepSeconds => (DenoiseEnd - TextEnd - (Takes * PausesBetween(FromStep, Steps, Every))).Seconds / Math.Max(1, Steps - FromStep);

    /// <summary>Checkpoints after <paramref name="from"/> and before <paramref name="to"/>.</summary>
    private static int PausesBetween(int from, int to, int every) => every == 0 || to <= from ? 0 : Math.Max(0, ((to - 1) / every) - (from / every));

    private static StageTimes Only(Duration time, int steps) => new(AtLeastOne(time), AtLeastOne(time), AtLeastOne(time), steps, TellsText: false, TellsDenoise: false);

    private static Duration AtLeastOne(Duration time) => time > Duration.Zero ? time : new Duration(1);
}
