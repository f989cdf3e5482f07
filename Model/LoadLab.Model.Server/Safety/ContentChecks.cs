using LoadLab.Core;
using LoadLab.Serving;
using LoadLab.Serving.Safety;

namespace LoadLab.Model.Server.Safety;

/// <summary>The checks of a scenario, by phase: here a check of one's own is added.</summary>
internal static class ContentChecks
{
    /// <param name="options">The scenario's.</param>
    /// <param name="phase">Which.</param>
    /// <param name="seed">Of the run.</param>
    /// <param name="isReal">Whether a model's clips are generated rather than emulated.</param>
    public static IContentCheck Of(SafetyOptions options, SafetyPhase phase, Seed seed, Func<ModelId, bool> isReal)
    {
        var checks = new List<IContentCheck>();
        if (options.Of(phase) is { } check)
        {
            if (check.RefusedShare > 0)
            {
                checks.Add(new ShareCheck(check.RefusedShare, seed));
            }

            if (check.Words.Count > 0)
            {
                checks.Add(new WordCheck(check.Words));
            }

            if (phase == SafetyPhase.After)
            {
                checks.Add(new BlankCheck(isReal));
            }
        }

        return new CombinedCheck(checks);
    }
}
