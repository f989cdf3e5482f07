using LoadLab.Serving.Profiles;

namespace LoadLab.Cli;

/// <summary>A profile as an emulated target plays it: every time divided by the speed, so that a simulation of the scenario runs at the scale that its windows and limits are written in.</summary>
internal static class EmulatedSpeed
{
    /// <summary>The profile at the scenario's scale; itself where the target is not emulated.</summary>
    public static ServiceProfile AtSpeedOf(this ServiceProfile profile, Scenario scenario) => scenario.Target.Emulated is { Speed: not 1 and var speed } ? profile.At(speed) : profile;

    /// <summary>Every time divided by the speed.</summary>
    internal static ServiceProfile At(this ServiceProfile profile, double speed) => profile with
    {
        Services = [.. profile.Services.Select(entry => entry with { Whole = entry.Whole.At(speed), Text = entry.Text?.At(speed), Denoise = entry.Denoise?.At(speed), Decode = entry.Decode?.At(speed) })],
        Laws = [.. profile.Laws.Select(law => law with { FixedS = law.FixedS / speed, PerUnitS = law.PerUnitS / speed })],
        StageLaws = [.. profile.StageLaws.Select(law => law.At(speed))],
        ColdStart = profile.ColdStart?.At(speed),
        FirstCallPenaltyS = profile.FirstCallPenaltyS / speed,
    };

    private static StageLaw At(this StageLaw law, double speed) => law with
    {
        TextS = law.TextS / speed,
        StepFixedS = law.StepFixedS / speed,
        StepPerTokenS = law.StepPerTokenS / speed,
        StepPerTokenSquaredS = law.StepPerTokenSquaredS / speed,
        DecodeFixedS = law.DecodeFixedS / speed,
        DecodePerPixelS = law.DecodePerPixelS / speed,
    };

    private static SampledTime At(this SampledTime time, double speed) => time with { MeanS = time.MeanS / speed };
}
