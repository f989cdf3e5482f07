using LoadLab.Core;

namespace LoadLab.Engine.Targets.Http;

/// <summary>
/// Pauses between two requests about one job. A service that does not long-poll is asked after a twentieth of the job's age, within bounds:
/// the error of the end time stays near 5 % of the latency, and an hour-long job costs some hundred requests.
/// </summary>
internal static class PollPause
{
    private const double ShareOfAge = 0.05;
    private static readonly Duration s_least = Duration.FromMilliseconds(20);
    private static readonly Duration s_most = Duration.FromSeconds(10);
    private static readonly Duration s_leastHeld = Duration.FromSeconds(1);

    public static Duration After(Duration age)
    {
        var pause = age * ShareOfAge;
        return pause < s_least ? s_least : pause > s_most ? s_most : pause;
    }

    /// <summary>After a broken poll, or one that did not find the job: 0.1 s, 0.4 s, 1.6 s, at most 10 s.</summary>
    /// <param name="faults">In a row.</param>
    public static Duration AfterFault(int faults) => Duration.FromMilliseconds(Math.Min(s_most.Milliseconds, 25 * Math.Pow(4, Math.Min(faults, 8))));

    /// <summary>Whether a request with wait= that found the job still on its way took long enough to have been held.</summary>
    public static bool WasHeld(Duration took) => took >= s_leastHeld;
}
