using LoadLab.Core;

namespace LoadLab.Serving.Recovery;

/// <summary>What happens to work that failed and to work that cannot be done in time; the scenario's key <c>serving.recovery</c>.</summary>
public sealed record RecoveryOptions
{
    /// <summary>Further attempts after the first. A job never runs more than 1 + retries times.</summary>
    /// <value>0 without a recovery section, else 3.</value>
    public int Retries { get; set; }

    /// <summary>Time before the first retry; doubles with every further one.</summary>
    /// <value>1 s.</value>
    public Duration Backoff { get; set; } = Duration.FromSeconds(1);

    /// <value>30 s.</value>
    public Duration MaxBackoff { get; set; } = Duration.FromSeconds(30);

    /// <summary>Share of the backoff that is spread: a wait lies in [backoff x (1 - jitter), backoff], by a hash of (seed, job, attempt).</summary>
    /// <value>0.5.</value>
    public double Jitter { get; set; } = 0.5;

    /// <summary>Failed batches of a model in a row that open its breaker; 0 = no breaker.</summary>
    public int BreakerFailures { get; set; }

    /// <summary>How long an open breaker refuses before one batch may try.</summary>
    /// <value>30 s.</value>
    public Duration BreakerOpen { get; set; } = Duration.FromSeconds(30);

    /// <summary>Failed batches of one replica in a row after which it is released and replaced; 0 = never.</summary>
    public int ReplicaFailures { get; set; }

    /// <summary>The lighter model that serves under overload or in place of a model whose breaker is open; empty = none.</summary>
    public ModelId FallbackModel { get; set; } = new("");

    /// <summary>Jobs that wait from which on new ones get the lighter model; null = the number decides nothing.</summary>
    public int? FallbackQueue { get; set; }

    /// <summary>Expected wait from which on new jobs get the lighter model; null = the wait decides nothing.</summary>
    public Duration? FallbackWait { get; set; }
}
