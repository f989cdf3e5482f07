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

    /// <summary>
    /// Whether the failure speaks against the model and its replica. A client that gave up and a server that stops do not, and neither does out-of-memory:
    /// the batch's size was wrong and the next one is smaller, so a breaker that counted it would refuse jobs that fit.
    /// </summary>
    public static bool IsFault(string cause) => cause is not (OutOfMemory or Cancelled or Shutdown);
}
