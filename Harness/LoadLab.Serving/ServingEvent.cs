using LoadLab.Core;
using LoadLab.Serving.Safety;

namespace LoadLab.Serving;

/// <summary>
/// Everything that can reach the serving core: its whole input. Live, emulated and simulated hosts post these and nothing else; the journal holds them all.
/// </summary>
public abstract record ServingEvent
{
    private ServingEvent()
    {
    }

    /// <summary>The host runs: always the first event, so that the first replicas are provisioned.</summary>
    public sealed record Started : ServingEvent;

    public sealed record Arrived(JobView Job) : ServingEvent;

    /// <param name="Purpose">What the core set it for, for example autoscale.</param>
    /// <param name="Number">The core's own count, so that a late timer can be told from the current one.</param>
    public sealed record TimerFired(string Purpose, long Number) : ServingEvent;

    /// <summary>The node exists and costs money from now on.</summary>
    public sealed record ReplicaProvisioned(ReplicaId Replica) : ServingEvent;

    /// <summary>The replica takes work from now on.</summary>
    public sealed record ReplicaReady(ReplicaId Replica) : ServingEvent;

    /// <summary>The replica is gone, as asked or by a fault.</summary>
    public sealed record ReplicaLost(ReplicaId Replica, string Cause) : ServingEvent;

    public sealed record ModelLoaded(ReplicaId Replica, ModelId Model) : ServingEvent;

    public sealed record ModelUnloaded(ReplicaId Replica, ModelId Model) : ServingEvent;

    public sealed record LoadFailed(ReplicaId Replica, ModelId Model, string Cause) : ServingEvent;

    public sealed record StageDone(ReplicaId Replica, BatchId Batch, Stage Stage) : ServingEvent;

    public sealed record BatchDone(ReplicaId Replica, BatchId Batch) : ServingEvent;

    /// <param name="Replica">The replica that ran it; free again.</param>
    /// <param name="Batch">The batch.</param>
    /// <param name="Cause">out-of-memory, crashed, error, cancelled when every job of it was cancelled, or preempted as asked: Checkpointed has said from which step it goes on.</param>
    /// <param name="Detail">One line for people.</param>
    public sealed record BatchFailed(ReplicaId Replica, BatchId Batch, string Cause, string Detail) : ServingEvent;

    /// <summary>The state of a running batch after its denoise steps so far is kept outside its replica: should the replica go, its jobs go on from there.</summary>
    /// <param name="Replica">Who runs it.</param>
    /// <param name="Batch">The batch.</param>
    /// <param name="Step">Denoise steps done; the step to go on from, index from 0.</param>
    public sealed record Checkpointed(ReplicaId Replica, BatchId Batch, int Step) : ServingEvent;

    /// <summary>The replica will be taken away at an instant: it gets no further batch, and another is ordered. Its loss, if it comes to that, says reclaimed.</summary>
    public sealed record ReclaimNotice(ReplicaId Replica, Instant At) : ServingEvent;

    /// <summary>The replica is broken and will be repaired: it keeps its model and its batch and works on neither until ReplicaRepaired. Before it is ready this says nothing new.</summary>
    public sealed record ReplicaDown(ReplicaId Replica) : ServingEvent;

    public sealed record ReplicaRepaired(ReplicaId Replica) : ServingEvent;

    public sealed record MemoryObserved(ReplicaId Replica, long FreeBytes) : ServingEvent;

    /// <summary>Busy share of the provisioned replicas over the window that just ended.</summary>
    public sealed record UtilisationObserved(double BusyShare) : ServingEvent;

    /// <summary>The host's answer to Check.</summary>
    /// <param name="Job">The job.</param>
    /// <param name="Phase">Which check.</param>
    /// <param name="Allowed">Whether the content passes.</param>
    /// <param name="Detail">One line for people; empty when it passes.</param>
    public sealed record SafetyChecked(JobId Job, SafetyPhase Phase, bool Allowed, string Detail) : ServingEvent;

    /// <summary>The client gave the job up.</summary>
    public sealed record Cancelled(JobId Job) : ServingEvent;

    public sealed record Shutdown : ServingEvent;
}
