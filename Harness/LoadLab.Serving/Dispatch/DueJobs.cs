using LoadLab.Core;

namespace LoadLab.Serving.Dispatch;

/// <summary>Jobs to look at again at an instant, and the alarm that says so. A job that has moved on meanwhile is passed over when it comes up.</summary>
/// <param name="purpose">Of the alarm's timers.</param>
/// <param name="decisions">Where they are set.</param>
/// <param name="counts">Whether a job is still in the state it was put here for.</param>
internal sealed class DueJobs(string purpose, List<Decision> decisions, Func<JobState, bool> counts)
{
    private readonly PriorityQueue<JobState, (Instant At, long Sequence)> _due = new();
    private readonly Alarm _alarm = new(purpose, decisions);

    public void Add(JobState job, Instant at)
    {
        _due.Enqueue(job, (at, job.Sequence));
        _alarm.Arm(at, purpose);
    }

    public bool Rings(ServingEvent.TimerFired timer) => _alarm.Rings(timer);

    /// <summary>The next job whose instant has come; null when none has. The alarm is then set for the next.</summary>
    public JobState? Take(Instant now)
    {
        // Set for the first of all, and never for less: before it rings nothing is due.
        if (_alarm.Armed > now)
        {
            return null;
        }

        while (_due.TryPeek(out var job, out var due))
        {
            if (!counts(job))
            {
                _due.Dequeue();
                continue;
            }

            if (due.At > now)
            {
                _alarm.Arm(due.At, purpose);
                return null;
            }

            _due.Dequeue();
            return job;
        }

        return null;
    }

    public void Stop() => _alarm.Disarm("shutdown");
}
