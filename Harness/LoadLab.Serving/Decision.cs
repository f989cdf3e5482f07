using System.Runtime.InteropServices;
using LoadLab.Core;
using LoadLab.Serving.Safety;

namespace LoadLab.Serving;

/// <summary>
/// Everything the serving core can ask of its host: its whole output. Each carries a short reason code. The journal holds them all, and a replay must bring
/// them out again byte for byte.
/// </summary>
public abstract record Decision
{
    private Decision(string reason) => Reason = reason;

    /// <summary>A short code, lower case with hyphens.</summary>
    public string Reason { get; }

    /// <summary>The job is let in: it waits in the queue, or for its prompt's check (Check follows).</summary>
    /// <param name="Job">The job.</param>
    /// <param name="Reason">The code.</param>
    /// <param name="Serve">The lighter model that serves it; null = the one asked for.</param>
    public sealed record Admit(JobId Job, string Reason, ModelId? Serve = null) : Decision(Reason);

    /// <summary>The job was never let in. Reason 429 (queue full), quota, overload, breaker-open or shutdown.</summary>
    /// <param name="Job">The job.</param>
    /// <param name="Reason">The code.</param>
    /// <param name="RetryAfter">When asking again may help; null = not known.</param>
    public sealed record Refuse(JobId Job, string Reason, Duration? RetryAfter = null) : Decision(Reason);

    /// <summary>The job was let in and is refused after all. Reason expired (its tier's longest wait passed and it never ran), content-before, content-after (it ran, and keeps its GPU time) or overload.</summary>
    /// <param name="Job">The job.</param>
    /// <param name="Reason">The code.</param>
    /// <param name="Detail">One line for people.</param>
    public sealed record Reject(JobId Job, string Reason, string Detail) : Decision(Reason);

    /// <summary>The job's attempt failed and it is queued again.</summary>
    /// <param name="Job">The job.</param>
    /// <param name="Attempt">The attempt to come, number from 2.</param>
    /// <param name="At">When it is back in the queue.</param>
    /// <param name="Reason">Why the last attempt failed.</param>
    public sealed record Retry(JobId Job, int Attempt, Instant At, string Reason) : Decision(Reason);

    /// <summary>The job's run ended by no fault of its own, preempted or reclaimed: it is back at its place in the queue, and no retry is spent.</summary>
    /// <param name="Job">The job.</param>
    /// <param name="FromStep">The denoise step that it goes on from, index from 0; 0 = all over again.</param>
    /// <param name="Reason">The cause.</param>
    public sealed record Requeue(JobId Job, int FromStep, string Reason) : Decision(Reason);

    /// <summary>Check the job's content; the host answers SafetyChecked.</summary>
    public sealed record Check(JobId Job, SafetyPhase Phase, string Reason) : Decision(Reason);

    /// <summary>A policy threw. The core went on with a safe default.</summary>
    /// <param name="Policy">Which.</param>
    /// <param name="Reason">The code.</param>
    /// <param name="Detail">One line for people.</param>
    public sealed record PolicyFault(string Policy, string Reason, string Detail) : Decision(Reason);

    /// <summary>The job's work is done.</summary>
    public sealed record Finish(JobId Job, string Reason) : Decision(Reason);

    /// <summary>The job ended without its work done: batch-failed cause, replica-lost, load-failed or shutdown.</summary>
    /// <param name="Job">The job.</param>
    /// <param name="Reason">The code.</param>
    /// <param name="Detail">One line for people.</param>
    public sealed record Fail(JobId Job, string Reason, string Detail) : Decision(Reason);

    /// <summary>The client gave the job up and it ends here; a running batch may still occupy its replica.</summary>
    public sealed record Drop(JobId Job, string Reason) : Decision(Reason);

    /// <summary>Get a replica. The number is new.</summary>
    public sealed record Provision(ReplicaId Replica, ReplicaKind Kind, string Reason) : Decision(Reason);

    /// <param name="Replica">The replica.</param>
    /// <param name="Drain">Whether running work ends first.</param>
    /// <param name="Reason">The code.</param>
    public sealed record Release(ReplicaId Replica, bool Drain, string Reason) : Decision(Reason);

    public sealed record Load(ReplicaId Replica, ModelId Model, string Reason) : Decision(Reason);

    public sealed record Unload(ReplicaId Replica, ModelId Model, string Reason) : Decision(Reason);

    /// <param name="Replica">A free replica with the jobs' model loaded.</param>
    /// <param name="Batch">New number.</param>
    /// <param name="Stage">What to run.</param>
    /// <param name="FromStep">First denoise step, index from 0; above it, the state of all its jobs was kept there and their texts are not encoded again.</param>
    /// <param name="Jobs">At least one.</param>
    /// <param name="Reason">The code.</param>
    public sealed record Start(ReplicaId Replica, BatchId Batch, Stage Stage, int FromStep, IReadOnlyList<JobId> Jobs, string Reason) : Decision(Reason)
    {
        /// <summary>The jobs; walking them allocates nothing.</summary>
        public ReadOnlySpan<JobId> JobSpan() => Jobs switch
        {
            JobId[] array => array,
            List<JobId> list => CollectionsMarshal.AsSpan(list),
            _ => Jobs.ToArray(),
        };
    }

    /// <summary>Stop working on this job of a running batch; the replica answers BatchDone or BatchFailed as ever.</summary>
    public sealed record Cancel(ReplicaId Replica, BatchId Batch, JobId Job, string Reason) : Decision(Reason);

    /// <summary>Stop a running batch at its next denoise step; the replica answers Checkpointed and BatchFailed with cause preempted, or BatchDone when no step was left.</summary>
    public sealed record Preempt(ReplicaId Replica, BatchId Batch, string Reason) : Decision(Reason);

    /// <summary>Post TimerFired(purpose, number) at an instant.</summary>
    public sealed record SetTimer(string Purpose, long Number, Instant At, string Reason) : Decision(Reason);

    public sealed record CancelTimer(string Purpose, long Number, string Reason) : Decision(Reason);
}
