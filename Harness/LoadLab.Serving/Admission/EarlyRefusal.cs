using LoadLab.Core;

namespace LoadLab.Serving.Admission;

/// <param name="Refused">Whether the job is refused now rather than when its limit has passed.</param>
/// <param name="RetryAfter">By how much it would be late: when as much of the work ahead is done, it may come in. Null when it is let in, or when waiting cannot help.</param>
internal readonly record struct EarlyVerdict(bool Refused, Duration? RetryAfter);

/// <summary>Refuses at once a job that would be refused, or of no use, in the end: the caller learns it while it can still go elsewhere, and no replica works in vain.</summary>
internal static class EarlyRefusal
{
    public const string Reason = "overload";

    /// <param name="wait">Expected wait; null = not known, and nobody is refused.</param>
    /// <param name="ownSeconds">Replica-seconds of the job itself; null = not known, counts as none.</param>
    /// <param name="maxWait">Its tier's longest wait; null = none.</param>
    /// <param name="deadline">When its answer is of no use any more; null = never.</param>
    /// <param name="now">The instant.</param>
    public static EarlyVerdict Decide(Duration? wait, double? ownSeconds, Duration? maxWait, Instant? deadline, Instant now)
    {
        if (wait is not { } expected)
        {
            return default;
        }

        var pastWait = maxWait is { } longest ? expected.Seconds - longest.Seconds : 0;
        var slack = deadline is { } end ? (end - now).Seconds - (ownSeconds ?? 0) : double.PositiveInfinity;
        var pastDeadline = expected.Seconds - slack;
        return Math.Max(pastWait, pastDeadline) switch
        {
            <= 0 => default,
            _ when slack < 0 => new(true, null),
            var late => new(true, Duration.FromSeconds(late)),
        };
    }
}
