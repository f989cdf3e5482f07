using LoadLab.Core;

namespace LoadLab.Serving.Dispatch;

/// <summary>A job to look at again. Whoever knows that nothing will come of it takes the job out, so that the job does not live on for it.</summary>
internal sealed class DueJob(JobState job, Instant at)
{
    private readonly long _sequence = job.Sequence;

    public Instant At => at;

    /// <summary>Null when it was taken out.</summary>
    public JobState? Job { get; set; } = job;

    public static int Compare(DueJob a, DueJob b)
    {
        var byTime = a.At.CompareTo(b.At);
        return byTime != 0 ? byTime : a._sequence.CompareTo(b._sequence);
    }
}
