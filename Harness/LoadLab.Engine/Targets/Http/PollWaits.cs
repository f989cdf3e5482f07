using LoadLab.Core;

namespace LoadLab.Engine.Targets.Http;

/// <summary>When one job is asked about again. The only place that decides it: told of each poll that found the job on its way, asked before the next, told of the end.</summary>
internal sealed class PollWaits(HttpSession session, Instant sent)
{
    /// <summary>Null = ask at once.</summary>
    /// <param name="now">On the run's clock.</param>
    /// <param name="progress">0 to 1 as the service last said; null when it does not say.</param>
    public Duration? Next(Instant now, double? progress) => session.LongPolls ? null : PollPause.After(now - sent);

    /// <summary>A poll sent at that time found the job on its way.</summary>
    public void Pending(Instant asked, double? progress)
    {
    }

    /// <summary>The job ended after this long.</summary>
    public void Ended(Duration age)
    {
    }
}
