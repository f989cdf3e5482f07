namespace LoadLab.Serving.Recovery;

/// <summary>Why a job's attempt ended without its work done: the causes of BatchFailed, and those the core gives itself.</summary>
internal static class FailureCause
{
    public const string Error = "error";
    public const string Crashed = "crashed";
    public const string ReplicaLost = "replica-lost";
    public const string OutOfMemory = "out-of-memory";
    public const string LoadFailed = "load-failed";
    public const string Cancelled = "cancelled";
    public const string Shutdown = "shutdown";

    /// <summary>A better tier took the replica.</summary>
    public const string Preempted = "preempted";

    /// <summary>A spot machine was taken back.</summary>
    public const string Reclaimed = "reclaimed";

    /// <summary>
    /// Whether the run ended by nobody's failure: the job goes on without a retry spent and without a wait. That a fleet is reclaimed is the price of its machines, and that a tier
    /// gives way is the rule; a job that paid for either with its retries would fail the more, the longer it runs.
    /// </summary>
    public static bool IsInterruption(string cause) => cause is Preempted or Reclaimed;

    /// <summary>Whether the steps of the last checkpoint count after it. After an error or a crash the state is in doubt, and the job starts again.</summary>
    public static bool KeepsSteps(string cause) => cause is not (Error or Crashed);

    /// <summary>
    /// Whether the failure speaks against the model and its replica. A client that gave up and a server that stops do not, and neither does out-of-memory:
    /// the batch's size was wrong and the next one is smaller, so a breaker that counted it would refuse jobs that fit.
    /// </summary>
    public static bool IsFault(string cause) => cause is not (OutOfMemory or Cancelled or Shutdown or Preempted or Reclaimed);
}
