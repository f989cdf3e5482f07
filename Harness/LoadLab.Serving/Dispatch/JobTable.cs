using LoadLab.Core;

namespace LoadLab.Serving.Dispatch;

/// <summary>The jobs that have not ended.</summary>
internal sealed class JobTable
{
    private readonly NumberTable<JobState> _jobs = new();

    /// <summary>Jobs that have not ended.</summary>
    public int Count => _jobs.Count;

    /// <summary>Of those, the ones no replica works on or has worked on for good: in the queue, before it, or backing off.</summary>
    public int Pending { get; private set; }

    public bool Contains(JobId id) => Find(id) is not null;

    public JobState? Find(JobId id) => _jobs.Find(id.Value);

    /// <summary>Throws when a job of this number is open.</summary>
    public void Add(JobState job)
    {
        if (!_jobs.TryAdd(job.View.Id.Value, job))
        {
            throw new InvalidOperationException($"job {job.View.Id.Value} arrived twice");
        }

        job.Open = true;
        Pending++;
    }

    public void Move(JobState job, JobPhase phase)
    {
        Pending += (IsPending(phase) ? 1 : 0) - (IsPending(job.Phase) ? 1 : 0);
        job.Phase = phase;
    }

    /// <summary>False when it had ended before.</summary>
    public bool Remove(JobState job)
    {
        if (!_jobs.Remove(job.View.Id.Value))
        {
            return false;
        }

        job.Open = false;
        Pending -= IsPending(job.Phase) ? 1 : 0;
        return true;
    }

    /// <summary>Every job that no replica works on now, in order of admission.</summary>
    public JobState[] AllNotRunning() => [.. _jobs.Values.Where(job => job.Phase != JobPhase.Running).OrderBy(job => job.Sequence)];

    private static bool IsPending(JobPhase phase) => phase is JobPhase.Checking or JobPhase.Waiting or JobPhase.BackingOff;
}
