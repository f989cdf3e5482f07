using LoadLab.Core;

namespace LoadLab.Serving.Dispatch;

/// <summary>
/// Jobs to look at again at an instant, and the alarm that says so. A job that has moved on meanwhile is passed over when it comes up. Nearly all come in order of their
/// instants and stand in a queue; those that do not, in a heap.
/// </summary>
/// <param name="purpose">Of the alarm's timers.</param>
/// <param name="decisions">Where they are set.</param>
/// <param name="counts">Whether a job is still in the state it was put here for.</param>
internal sealed class DueJobs(string purpose, List<Decision> decisions, Func<JobState, bool> counts)
{
    private readonly Queue<DueJob> _due = new();
    private readonly PriorityQueue<DueJob, DueJob> _between = new(Comparer<DueJob>.Create(DueJob.Compare));
    private readonly Alarm _alarm = new(purpose, decisions);
    private DueJob? _last;

    public DueJob Add(JobState job, Instant at)
    {
        var due = new DueJob(job, at);
        if (_last is null || DueJob.Compare(_last, due) <= 0)
        {
            _due.Enqueue(_last = due);
        }
        else
        {
            _between.Enqueue(due, due);
        }

        _alarm.Arm(at, purpose);
        return due;
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

        while (Peek() is { } due)
        {
            var job = due.Job is { } known && counts(known) ? known : null;
            if (job is not null && due.At > now)
            {
                _alarm.Arm(due.At, purpose);
                return null;
            }

            Remove(due);
            if (job is not null)
            {
                return job;
            }
        }

        return null;
    }

    public void Stop() => _alarm.Disarm("shutdown");

    private DueJob? Peek()
    {
        _due.TryPeek(out var first);
        return _between.TryPeek(out var between, out _) && (first is null || DueJob.Compare(between, first) < 0) ? between : first;
    }

    private void Remove(DueJob due)
    {
        if (_due.TryPeek(out var first) && ReferenceEquals(first, due))
        {
            _due.Dequeue();
            _last = _due.Count == 0 ? null : _last;
        }
        else
        {
            _between.Dequeue();
        }
    }
}
