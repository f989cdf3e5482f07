using LoadLab.Core;

namespace LoadLab.Serving;

/// <summary>Time as the serving core's host keeps it. Live: the monotonic clock; simulated: a queue of events.</summary>
public interface ITimeline
{
    Instant Now { get; }

    /// <summary>Posts <paramref name="e"/> at <paramref name="at"/>, or at once when that has passed.</summary>
    TimerId Set(Instant at, ServingEvent e);

    void Cancel(TimerId id);
}

/// <summary>The core's only entrance. Thread-safe; gives each event its instant and its sequence number.</summary>
public interface IEventSink
{
    void Post(ServingEvent e);
}

/// <summary>Gets and gives back replicas. Answers by ReplicaProvisioned, ReplicaReady and ReplicaLost.</summary>
public interface IReplicaPool
{
    void Provision(ReplicaId r, ReplicaKind k);

    /// <param name="r">The replica.</param>
    /// <param name="drain">Whether running work ends first.</param>
    void Release(ReplicaId r, bool drain);

    /// <summary>The handle to give work to; valid from ReplicaProvisioned to ReplicaLost.</summary>
    IReplica Get(ReplicaId r);
}

/// <summary>One replica. Never blocks and never answers but by posting events.</summary>
public interface IReplica
{
    void Load(ModelId m);

    void Unload(ModelId m);

    /// <param name="b">The batch.</param>
    /// <param name="s">What to run of it.</param>
    /// <param name="fromStep">First denoise step, index from 0.</param>
    /// <param name="jobs">The jobs; their payloads are in the host's job store.</param>
    void Start(BatchId b, Stage s, int fromStep, ReadOnlySpan<JobId> jobs);

    void Cancel(BatchId b, JobId j);

    /// <summary>Stop the batch at its next denoise step and keep what it has; answered by Checkpointed and BatchFailed (preempted), or by BatchDone.</summary>
    void Preempt(BatchId b);

    void Stop();
}
