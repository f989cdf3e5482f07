using LoadLab.Core.Runs;
using LoadLab.Serving.Profiles;

namespace LoadLab.Cli;

/// <summary>What a profile says of the calls of a schedule, each served alone.</summary>
/// <param name="Profile">Where the times come from.</param>
/// <param name="Seconds">Of each call; null where the profile does not know every shape.</param>
/// <param name="Unknown">A shape that it does not know; null when it knows all.</param>
internal sealed record ExpectedTimes(ServiceProfile Profile, IReadOnlyList<double>? Seconds, string? Unknown)
{
    /// <summary>GPUs that one call keeps.</summary>
    public int Gpus => Math.Max(1, Profile.Services.Select(entry => entry.Gpus).DefaultIfEmpty(1).Max());

    public static ExpectedTimes Of(ServiceProfile profile, IEnumerable<ScheduledCall> calls)
    {
        var known = new Dictionary<(string Model, Shape Shape), double?>();
        var seconds = new List<double>();
        foreach (var call in calls)
        {
            var key = (call.Model, Shape: new Shape(call.Width, call.Height, call.Frames, call.Steps, call.Guidance is not 1));
            if (!known.TryGetValue(key, out var time))
            {
                time = profile.Find(key.Model, key.Shape, 1)?.Whole.MeanS;
                known.Add(key, time);
            }

            if (time is not { } mean)
            {
                return new ExpectedTimes(profile, null, $"{key.Model} {key.Shape}");
            }

            seconds.Add(mean);
        }

        return new ExpectedTimes(profile, seconds, null);
    }
}
