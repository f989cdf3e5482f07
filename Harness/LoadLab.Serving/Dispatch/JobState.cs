using LoadLab.Core;
using LoadLab.Serving.Batching;

namespace LoadLab.Serving.Dispatch;

internal enum JobPhase
{
    /// <summary>Its prompt is being checked.</summary>
    Checking,

    /// <summary>In the queue.</summary>
    Waiting,

    /// <summary>Its attempt failed and the next is due later.</summary>
    BackingOff,

    Running,

    /// <summary>It ran and its clip is being checked.</summary>
    CheckingClip,
}

/// <summary>What the core knows of one job that has not ended.</summary>
internal sealed class JobState(BatchKey key) : LineJob(key, default)
{
    public required JobView View { get; init; }

    /// <summary>The model that serves it.</summary>
    public ModelId Served => Key.Model;

    /// <summary>Its tier's place among the tiers.</summary>
    public required int Lane { get; init; }

    /// <summary>Order of admission; kept over retries, so that a retried job stands where it stood.</summary>
    public required long Sequence { get; init; }

    /// <summary>Start tag of fair share; the same for all without it.</summary>
    public double Tag { get; set; }

    /// <summary>Replica-seconds that its tenant was charged with the tag.</summary>
    public double TagSeconds { get; set; }

    /// <summary>Whether it was let in and has not ended; the table of jobs says.</summary>
    public bool Open { get; set; }

    public JobPhase Phase { get; set; }

    /// <summary>Work it is booked with while it waits, in replica-seconds.</summary>
    public double Seconds { get; set; }

    /// <summary>When the check under way must have answered.</summary>
    public Instant CheckEnds { get; set; }

    /// <summary>Attempts made.</summary>
    public int Attempts { get; set; }

    /// <summary>Of those, the ones that ended by nobody's failure: preempted or reclaimed.</summary>
    public int Interruptions { get; set; }

    /// <summary>Times that it gave way to a better tier.</summary>
    public int Preemptions { get; set; }

    /// <summary>The denoise step that its next run goes on from; 0 = all is still to do.</summary>
    public int FromStep { get; set; }

    /// <summary>Attempts that count against its retries; a load that failed for it is one.</summary>
    public int Charged => Attempts - Interruptions + FailedLoads;

    /// <summary>Times that a model could not be loaded for it.</summary>
    public int FailedLoads { get; set; }

    /// <summary>Whether it shares no batch any more: one that it was in failed.</summary>
    public bool Alone { get; set; }

    /// <summary>Whether its time in Triton's queue is over and it stands behind the others of its level.</summary>
    public bool Delayed { get; set; }

    /// <summary>Where it waits; null when it does not.</summary>
    public Cell? Cell { get; set; }

    /// <summary>When it will have waited too long to start for the first time; null when nothing watches for that.</summary>
    public DueJob? Expiry { get; set; }

    /// <summary>The batch that runs it.</summary>
    public BatchState? Batch { get; set; }

    /// <summary>It runs: one attempt more, and its longest wait is kept.</summary>
    public void Started(BatchState batch)
    {
        Batch = batch;
        Attempts++;
        Expiry?.Job = null;
        Expiry = null;
    }
}
