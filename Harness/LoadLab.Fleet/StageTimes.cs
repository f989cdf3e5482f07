using LoadLab.Core;
using LoadLab.Serving;

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
    /// <param name="whole">Of text, denoising and decoding together.</param>
    /// <param name="shares">Parts of the whole; null where the profile does not tell.</param>
    /// <param name="stage">What runs of it.</param>
    /// <param name="encoded">Whether every prompt's encoding was kept: text then takes no time.</param>
    /// <param name="steps">Denoise steps.</param>
    public static StageTimes Of(Duration whole, (double? Text, double? Denoise) shares, Stage stage, bool encoded, int steps)
    {
        var text = shares.Text is { } share ? whole * Math.Min(1, share) : Duration.Zero;
        var split = shares is { Text: not null, Denoise: not null };
        var denoised = split ? whole * Math.Min(1, shares.Text!.Value + shares.Denoise!.Value) : whole;
        var saved = encoded ? text : Duration.Zero;
        return stage switch
        {
            Stage.Text => new(AtLeastOne(text - saved), AtLeastOne(text - saved), AtLeastOne(text - saved), steps, TellsText: true, TellsDenoise: false),
            Stage.Denoise => new(Duration.Zero, AtLeastOne(denoised - text), AtLeastOne(denoised - text), steps, TellsText: false, TellsDenoise: true),
            Stage.Decode => new(Duration.Zero, Duration.Zero, AtLeastOne(whole - denoised), steps, TellsText: false, TellsDenoise: false),
            _ => new(text - saved, denoised - saved, AtLeastOne(whole - saved), steps, shares.Text is not null, split),
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

    private static Duration AtLeastOne(Duration time) => time > Duration.Zero ? time : new Duration(1);
}
