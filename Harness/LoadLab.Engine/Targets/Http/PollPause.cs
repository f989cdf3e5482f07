using LoadLab.Core;

namespace LoadLab.Engine.Targets.Http;

/// <summary>
/// When to ask a service about a job again. A service that long-polls is asked at once. Another is asked after a twentieth of the job's age, within bounds:
/// the error of the end time stays near 5 % of the latency, and an hour-long job costs some hundred requests.
/// </summary>
internal static class PollPause
{
    public const string WaitQuery = "?wait=30s";
    private const double ShareOfAge = 0.05;
    private static readonly Duration s_least = Duration.FromMilliseconds(20);
    private static readonly Duration s_most = Duration.FromSeconds(10);
    private static readonly Duration s_leastHeld = Duration.FromSeconds(1);

    /// <param name="faults">Broken polls in a row: 0.1 s, 0.4 s, 1.6 s pass before the next.</param>
    public static TimeSpan? Before(bool longPolls, int faults, Duration age)
    {
        if (faults > 0)
        {
            return TimeSpan.FromMilliseconds(25 * Math.Pow(4, faults));
        }

        if (longPolls)
        {
            return null;
        }

        var pause = age * ShareOfAge;
        return (pause < s_least ? s_least : pause > s_most ? s_most : pause).ToTimeSpan();
    }

    /// <summary>Whether a request with wait= that found the job still on its way took long enough to have been held.</summary>
    public static bool WasHeld(Duration took) => took >= s_leastHeld;
}
